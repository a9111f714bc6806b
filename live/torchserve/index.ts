/** TorchServe's inference and management APIs over HTTP, and their calls for those who speak otherwise. */
export type { TorchServeOptions } from './torchserve-options.ts';
export type { ModelFacts, ModelManagement, ModelRegistration } from './model-management.ts';
export type { TorchServeApi, TorchServeParts } from './torchserve-api.ts';
export { TorchServeCalls, torchServeApi } from './torchserve-api.ts';
export type {
  ListenersParts,
  TorchServeAddress,
  TorchServeAddresses,
  TorchServeListener,
} from './torchserve-listeners.ts';
export { torchServeListeners } from './torchserve-listeners.ts';
export type { TokenKeysOptions } from './token-keys.ts';
export { TokenKeys } from './token-keys.ts';
export { tokenGate } from './token-gate.ts';
export type { ConfigProperties, PropertiesAddress } from './config-properties.ts';
export { readConfigProperties } from './config-properties.ts';
