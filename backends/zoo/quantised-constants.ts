/**
 * The numbers of the int8 form. Activations are unsigned bytes with one scale and zero point each, from their range;
 * weights signed bytes with a scale for each output channel, its greatest magnitude / 127; biases 32-bit integers in units
 * of both scales. These are the choices of ONNX Runtime's static quantisation, QDQ form, with weights by channel.
 */
import type { Constant } from './graph.ts';

/** Least and greatest value of an activation; zero lies between. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** A constant as integers, and what turns them back into numbers: value = (integer - zero) * scale. */
export interface QuantisedConstant {
  readonly integers: Constant;
  readonly scale: Constant;
  readonly zero: Constant;
}

const ACTIVATION_STEPS = 255;
const WEIGHT_MAX = 127;
/** Of a tensor of zeros, whose scale must not be zero. */
const SCALE_MIN = 1e-12;

/** Scale and zero point of an activation. */
export function activationConstants(name: string, range: Range): Omit<QuantisedConstant, 'integers'> {
  const scale = activationScale(range);
  const zero = Math.min(ACTIVATION_STEPS, Math.max(0, Math.round(-range.low / scale)));
  return {
    scale: { name: `${name}.scale`, type: 'float32', dims: [], values: () => Float32Array.of(scale) },
    zero: { name: `${name}.zero`, type: 'uint8', dims: [], values: () => Uint8Array.of(zero) },
  };
}

/** A weight of [output channels, ...], by channel. */
export function quantisedWeight(weight: Constant): QuantisedConstant {
  const scales = (): Float32Array<ArrayBuffer> => channelScales(weight);
  const integers = (): Int8Array<ArrayBuffer> => {
    const values = weight.values();
    const byChannel = scales();
    const size = values.length / byChannel.length;
    const bytes = new Int8Array(values.length);
    for (let index = 0; index < bytes.length; index += 1) {
      bytes[index] = Math.round(Number(values[index]) / byChannel[Math.floor(index / size)]);
    }
    return bytes;
  };
  return channelConstants(weight, { type: 'int8', integers, scales });
}

/** The bias that goes with a weight and an input of that range. */
export function quantisedBias(bias: Constant, weight: Constant, input: Range): QuantisedConstant {
  const scales = (): Float32Array<ArrayBuffer> => channelScales(weight).map((scale) => scale * activationScale(input));
  const integers = (): Int32Array<ArrayBuffer> => {
    const values = bias.values();
    return Int32Array.from(scales(), (scale, channel) => Math.round(Number(values[channel]) / scale));
  };
  return channelConstants(bias, { type: 'int32', integers, scales });
}

interface ChannelIntegers {
  readonly type: 'int8' | 'int32';
  readonly integers: Constant['values'];
  readonly scales: Constant['values'];
}

function channelConstants({ name, dims }: Constant, { type, integers, scales }: ChannelIntegers): QuantisedConstant {
  const [channels] = dims;
  const zeros = type === 'int8' ? () => new Int8Array(channels) : () => new Int32Array(channels);
  return {
    integers: { name: `${name}.${type}`, type, dims, values: integers },
    scale: { name: `${name}.scale`, type: 'float32', dims: [channels], values: scales },
    zero: { name: `${name}.zero`, type, dims: [channels], values: zeros },
  };
}

function activationScale({ low, high }: Range): number {
  return Math.fround(Math.max((high - low) / ACTIVATION_STEPS, SCALE_MIN));
}

function channelScales({ values, dims: [channels] }: Constant): Float32Array<ArrayBuffer> {
  const weights = values();
  const size = weights.length / channels;
  const scales = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel += 1) {
    let greatest = SCALE_MIN;
    for (let index = channel * size; index < (channel + 1) * size; index += 1) {
      greatest = Math.max(greatest, Math.abs(Number(weights[index])));
    }
    scales[channel] = greatest / WEIGHT_MAX;
  }
  return scales;
}
