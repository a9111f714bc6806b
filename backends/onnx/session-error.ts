/** What ONNX Runtime says when it cannot take a model, in one line for people: what is wrong with the file. Pure. */

/** @param told ONNX Runtime's own message. @param hardware the execution provider it was asked for. */
export function sessionProblem(told: string, hardware: string): string {
  const operator =
    /Fatal error: (?<name>\S+?)\(-?\d+\) is not a registered function\/op/.exec(told)?.groups?.['name'] ??
    /No Op registered for (?<name>\S+)/.exec(told)?.groups?.['name'];
  if (operator !== undefined) {
    return `the model uses the operator ${operator}, which ONNX Runtime does not know; custom operators are not loaded`;
  }
  if (/external data|model_path must not be empty/i.test(told)) {
    return 'the model keeps weights in another file; they must be inside the model file';
  }
  if (/protobuf parsing failed|data pointer is null/i.test(told)) {
    return `the file is no ONNX model, or a damaged one (${told})`;
  }
  return `ONNX Runtime cannot load it on "${hardware}": ${told}`;
}
