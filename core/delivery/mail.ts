/** Messages to be delivered before the next event, first in, first out, in a ring that doubles when full. */
import type { Address } from '../addresses.ts';
import type { Message } from '../messages.ts';

export class Mail {
  length = 0;
  private to = new Int32Array(64);
  private messages: (Message | undefined)[] = Array.from({ length: 64 });
  private head = 0;

  push(to: Address, message: Message): void {
    if (this.length === this.to.length) this.grow();
    const at = (this.head + this.length) & (this.to.length - 1);
    this.to[at] = to;
    this.messages[at] = message;
    this.length += 1;
  }

  /** Address of the oldest message. */
  get nextTo(): Address {
    return this.to[this.head];
  }

  /** Removes and returns the oldest message; the ring must not be empty. */
  shift(): Message {
    const message = this.messages[this.head];
    this.head = (this.head + 1) & (this.to.length - 1);
    this.length -= 1;
    return message as Message; // Positions between head and head + length are filled.
  }

  private grow(): void {
    const size = this.to.length;
    const to = new Int32Array(size * 2);
    const messages: (Message | undefined)[] = Array.from({ length: size * 2 });
    for (let i = 0; i < this.length; i += 1) {
      const at = (this.head + i) & (size - 1);
      to[i] = this.to[at];
      messages[i] = this.messages[at];
    }
    this.to = to;
    this.messages = messages;
    this.head = 0;
  }
}
