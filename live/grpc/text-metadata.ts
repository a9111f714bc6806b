/** Text headers as gRPC metadata. What gRPC cannot carry as text is left out: a status must always get through. */
import { Metadata } from '@grpc/grpc-js';

/** Names are made lower-case. */
export function textMetadata(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) {
    if (/^[\w.-]+$/.test(name) && !/-bin$/i.test(name) && /^[ -~]*$/.test(value))
      metadata.set(name.toLowerCase(), value);
  }
  return metadata;
}
