// What JSON and Protobuf say in different places: `data`, positions, addresses.

import type { ClientMessage, ServerMessage } from "../../session/message.js";
import type { Fields } from "./writer.js";

const AUDIENCES = ["", "everyone", "user", "connection"];

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A request as the schema has it. */
export function toSchema(message: ClientMessage): Fields {
  const { type, id, ...fields } = message;
  return { id, [type]: requestFields(type, fields) };
}

function requestFields(type: string, fields: Fields): Fields {
  switch (type) {
    case "connect":
      return fields.resume ? { ...fields, resume: wish(fields.resume as Fields) } : fields;
    case "resume":
      return wish(fields);
    case "subscribe":
      return { ...fields, state: toData(fields.state, fields.state_binary) };
    case "send":
      return { ...fields, ...(fields.to as Fields), data: toData(fields.data, fields.binary) };
    case "publish":
    case "call":
    case "state":
      return { ...fields, data: toData(fields.data, fields.binary) };
    default:
      return fields;
  }
}

function wish(resume: Fields): Fields {
  const topics = Object.entries((resume.topics ?? {}) as Record<string, number>);
  return { ...resume, topics: topics.map(([topic, offset]) => ({ topic, offset })) };
}

/** `null` says the same as nothing. */
function toData(data: unknown, binary: unknown): Fields | undefined {
  if (binary !== undefined && binary !== null) return { binary };
  if (data === undefined || data === null) return undefined;
  return { json: encoder.encode(JSON.stringify(data)) };
}

/** What the server says, as JSON has it. One of a kind that is not known has the type `unknown`. */
export function fromSchema({ id, ...kinds }: Fields): ServerMessage {
  const [type, fields] = Object.entries(kinds)[0] ?? ["unknown", {}];
  const message = messageFields(type, fields as Fields);
  return { type, ...(id === undefined ? {} : { id }), ...message } as unknown as ServerMessage;
}

function messageFields(type: string, fields: Fields): Fields {
  switch (type) {
    case "ok":
      return reply(fields);
    case "message":
      return said(direct(fields));
    case "messages":
      return { ...fields, messages: (fields.messages as Fields[]).map(said) };
    case "subscribed":
      return standing(fields);
    case "joined":
    case "changed":
    case "left":
      return { ...fields, member: member((fields.member ?? {}) as Fields) };
    default:
      return fields;
  }
}

function reply({ history, ...fields }: Fields): Fields {
  const { data, presence, ...rest } = standing(fields);
  const content = data === undefined ? {} : fromData(data as Fields);
  if (history !== undefined) {
    const { position, messages, more } = history as Fields;
    const pages = { messages: (messages as Fields[]).map(said), ...(more === true && { more }) };
    return { ...rest, ...(position as Fields), ...pages };
  }
  if (presence === undefined) return { ...rest, ...content };
  // The answer to `presence` has no position and is the page; that of `subscribe` has a page.
  return rest.epoch === undefined ? { ...rest, ...(presence as Fields) } : { ...rest, presence };
}

function standing({ position, presence, ...fields }: Fields): Fields {
  return {
    ...fields,
    ...(position as Fields | undefined),
    ...(presence !== undefined && { presence: page(presence as Fields) }),
  };
}

function page(fields: Fields): Fields {
  return { ...fields, members: (fields.members as Fields[]).map(member) };
}

function member({ info, state, ...fields }: Fields): Fields {
  const { data, binary } = state === undefined ? {} : fromData(state as Fields);
  return {
    ...fields,
    ...(info !== undefined && { info: JSON.parse(info as string) }),
    ...(data !== undefined && data !== null && { state: data }),
    ...(binary !== undefined && { state_binary: binary }),
  };
}

/** A direct message has an audience in place of a topic and a place in it. */
function direct({ to, offset, ...fields }: Fields): Fields {
  return to === undefined
    ? { ...fields, offset: offset ?? 0 }
    : { ...fields, to: AUDIENCES[to as number] };
}

function said({ data, ...fields }: Fields): Fields {
  return { ...fields, ...fromData((data ?? {}) as Fields) };
}

function fromData({ json, binary }: Fields): Fields {
  if (binary !== undefined) return { binary };
  return { data: json === undefined ? null : JSON.parse(decoder.decode(json as Uint8Array)) };
}
