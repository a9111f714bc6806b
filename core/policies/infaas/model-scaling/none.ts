/** Autoscaler type 0: what is loaded stays as it is. Clipper+ of the evaluation, with its models loaded ahead. */
import type { Scaler } from './scale-request.ts';

export const noScaler: Scaler = () => [];
