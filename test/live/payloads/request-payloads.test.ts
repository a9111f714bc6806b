import { describe, expect, test } from 'vitest';
import { readMultipart, requestPayloads } from '../../../live/payloads/index.ts';
import { BOUNDARY, FORM_TYPE, form } from './forms.ts';

const limits = { partsMax: 4, partMaxBytes: 1000 };

function payloads(body: Buffer | string, type?: string, field?: string): Promise<unknown> {
  const headers = type === undefined ? {} : { 'content-type': type };
  const options = field === undefined ? { limits } : { limits, field };
  return requestPayloads({ body: Buffer.from(body), headers }, options).then((all) =>
    all.map(({ name, contentType, bytes }) => [name, contentType, Buffer.from(bytes).toString('latin1')]),
  );
}

describe('bodies as they are', () => {
  test('are one payload of their type', async () => {
    expect(await payloads('abc', 'Image/PNG; q=1')).toEqual([['', 'image/png', 'abc']]);
    expect(await payloads('abc')).toEqual([['', '', 'abc']]);
  });

  test('JSON is no form, whatever curl calls it', async () => {
    expect(await payloads('[1, 2]', 'application/x-www-form-urlencoded')).toEqual([['', 'application/json', '[1, 2]']]);
  });

  test('fields of a form are payloads by name', async () => {
    const body = 'data=%5B1%2C+2%5D&b=x';
    expect(await payloads(body, 'application/x-www-form-urlencoded')).toEqual([
      ['data', '', '[1, 2]'],
      ['b', '', 'x'],
    ]);
  });

  test('a form is UTF-8, encoded or as it is', async () => {
    const body = Buffer.from('data=花&b=%E8%8A%B1');
    const texts = (await payloads(body, 'application/x-www-form-urlencoded')) as readonly (readonly string[])[];
    expect(texts.map(([, , text]) => Buffer.from(text, 'latin1').toString())).toEqual(['花', '花']);
  });

  test('no body is refused', async () => {
    await expect(payloads('', 'image/png')).rejects.toMatchObject({ status: 400, message: 'the request has no body' });
  });

  test('a form of very many fields is refused', async () => {
    for (const fields of [1001, 5_000_000]) {
      const refused = payloads('a=&'.repeat(fields), 'application/x-www-form-urlencoded');
      await expect(refused).rejects.toMatchObject({ status: 413 });
    }
  });
});

describe('multipart bodies', () => {
  const file = { name: 'content', content: 'F', fileName: 'a.png', type: 'image/png' };
  const note = { name: 'note', content: 'N' };

  test('without a field’s name all files count, or all fields where there is no file', async () => {
    expect(await payloads(form([note, file, { ...file, content: 'G' }]), FORM_TYPE)).toEqual([
      ['content', 'image/png', 'F'],
      ['content', 'image/png', 'G'],
    ]);
    expect(await payloads(form([note]), FORM_TYPE)).toEqual([['note', '', 'N']]);
  });

  test('with a field’s name only its parts count, files or not', async () => {
    expect(await payloads(form([file, note]), FORM_TYPE, 'note')).toEqual([['note', '', 'N']]);
    await expect(payloads(form([file]), FORM_TYPE, 'image')).rejects.toMatchObject({
      status: 400,
      message: 'the form has no field image',
    });
  });

  test('a part keeps every byte, also those of the boundary’s beginning', async () => {
    const content = Buffer.concat([Buffer.from(`\r\n--${BOUNDARY.slice(0, 5)}\r\n`), Buffer.from([0, 255, 13, 10])]);
    const [part] = await readMultipart(form([{ ...file, content }]), FORM_TYPE, limits);
    expect(Buffer.from(part.bytes)).toEqual(content);
  });

  test.each([
    ['one too many parts', form([note, note, note, note, note]), FORM_TYPE, 413, 'the form has more than 4 parts'],
    ['100,000 parts', form(Array.from({ length: 100_000 }, () => note)), FORM_TYPE, 413, 'more than 4 parts'],
    ['too large a part', form([{ ...file, content: 'x'.repeat(1001) }]), FORM_TYPE, 413, 'larger than 1000 bytes'],
    ['too large a field', form([{ ...note, content: 'x'.repeat(1001) }]), FORM_TYPE, 413, 'larger than 1000 bytes'],
    ['no boundary', form([file]), 'multipart/form-data', 400, 'no whole multipart form'],
    ['another boundary', form([file]), 'multipart/form-data; boundary=other', 400, 'no whole multipart form'],
    ['a boundary without end', form([file]), `multipart/form-data; boundary=${'x'.repeat(5000)}`, 400, 'no whole'],
    ['no parts', form([]), FORM_TYPE, 400, ''],
    ['a body that ends in a part', form([file]).subarray(0, -20), FORM_TYPE, 400, 'no whole multipart form'],
    ['a body that ends in a head', form([file]).subarray(0, 30), FORM_TYPE, 400, 'no whole multipart form'],
    ['noise', Buffer.alloc(2000, 45), FORM_TYPE, 400, 'no whole multipart form'],
    [
      'a head of very many lines',
      Buffer.from(`--${BOUNDARY}\r\n${'a: b\r\n'.repeat(5000)}\r\nx\r\n--${BOUNDARY}--`),
      FORM_TYPE,
      400,
      '',
    ],
  ])('%s is refused', async (_what, body, type, status, message) => {
    await expect(payloads(body, type)).rejects.toMatchObject({
      status,
      message: expect.stringContaining(message) as string,
    });
  });

  test('exactly as many parts and bytes as allowed are taken', async () => {
    const parts = await readMultipart(
      form(Array.from({ length: 4 }, () => ({ ...file, content: 'x'.repeat(1000) }))),
      FORM_TYPE,
      limits,
    );
    expect(parts.map(({ bytes }) => bytes.length)).toEqual([1000, 1000, 1000, 1000]);
  });
});
