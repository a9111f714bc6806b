/** Reads the calibration that a config names: a file, or the map itself. */
import { dirname, resolve } from 'node:path';
import type { Calibration } from '../../../core/index.ts';
import { ConfigReader } from '../config-reader.ts';
import { parseYamlFile } from '../parse-yaml.ts';
import { calibrationSchema } from '../schema/calibration.ts';

const PATH = ['calibration'];

/** Null where the config names none; undefined after a complaint. */
export function readCalibration(reader: ConfigReader): Calibration | null | undefined {
  const named = reader.at(PATH);
  if (named === undefined) return null;
  if (typeof named !== 'string') return reader.read(calibrationSchema, PATH);
  try {
    const file = resolve(reader.folder, named);
    const { data, locate } = parseYamlFile(file);
    const own = new ConfigReader(data, dirname(file), locate);
    const calibration = own.read(calibrationSchema, []);
    reader.errors.push(...own.errors);
    return calibration;
  } catch (error) {
    reader.adopt(error, PATH);
    return undefined;
  }
}
