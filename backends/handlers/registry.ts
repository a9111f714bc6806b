/**
 * All handlers of a service by name: the built-in ones, and those of its config. A new built-in handler is one file and
 * one line here. Names are the config's and a model archive's; no client chooses one.
 */
import { ServingError } from '../../core/index.ts';
import type { ImageLimits, ImageWish } from './decode-image.ts';
import type { Handler } from './handler.ts';
import { imageClassifier } from './image-classifier.ts';
import { loadHandlerModule } from './load-handler-module.ts';
import type { Normalisation } from './normalisation.ts';
import { FASHION_MNIST, IMAGENET, SYMMETRIC } from './normalisation.ts';
import { tensor } from './tensor.ts';

/** A handler that a config adds. */
export type HandlerChoice =
  | {
      readonly kind: 'image-classifier';
      readonly name: string;
      readonly normalisation: Normalisation;
      readonly fit: ImageWish['fit'];
    }
  /** @param path of the user's module: absolute, or relative to the working folder. */
  | { readonly kind: 'file'; readonly name: string; readonly path: string };

export interface HandlersOptions {
  readonly limits: ImageLimits;
  /** Those of the config; one may take a built-in name. */
  readonly own: readonly HandlerChoice[];
}

/** The handlers of a service; it does not change while it runs. */
export class Handlers {
  private readonly byName: ReadonlyMap<string, Handler>;

  /** @param handlers of equal names, the last counts. */
  constructor(handlers: readonly Handler[]) {
    this.byName = new Map(handlers.map((handler) => [handler.name, handler]));
  }

  /** The handler of a name, also written as TorchServe's archives do (`image_classifier`); undefined when unknown. */
  find(name: string): Handler | undefined {
    return this.byName.get(name) ?? this.byName.get(name.replaceAll('_', '-'));
  }

  /** The handler of that name. @throws ServingError HANDLER_UNKNOWN, naming those there are. */
  named(name: string): Handler {
    const handler = this.find(name);
    if (handler !== undefined) return handler;
    throw new ServingError({
      code: 'HANDLER_UNKNOWN',
      message: 'there is no such pre- and postprocessing handler',
      found: JSON.stringify(name),
      expected: `one of ${[...this.byName.keys()].join(', ')}`,
    });
  }

  list(): readonly Handler[] {
    return [...this.byName.values()];
  }
}

/**
 * The built-in handlers: `image-classifier` with ImageNet's normalisation, `image-classifier-symmetric` with INFaaS's
 * (-1 to 1), `fashion-mnist` with that of the bundled models, and `tensor`.
 */
export function builtInHandlers(limits: ImageLimits): readonly Handler[] {
  const classifier = (name: string, normalisation: Normalisation): Handler =>
    imageClassifier({ name, normalisation, fit: 'fill', limits });
  return [
    classifier('image-classifier', IMAGENET),
    classifier('image-classifier-symmetric', SYMMETRIC),
    classifier('fashion-mnist', FASHION_MNIST),
    tensor,
  ];
}

/** The built-in handlers and the config's. @throws ServingErrors when a user's module cannot be used. */
export async function createHandlers({ limits, own }: HandlersOptions): Promise<Handlers> {
  const added = own.map((choice) =>
    choice.kind === 'file'
      ? loadHandlerModule(choice.path, choice.name)
      : Promise.resolve(imageClassifier({ ...choice, limits })),
  );
  return new Handlers([...builtInHandlers(limits), ...(await Promise.all(added))]);
}
