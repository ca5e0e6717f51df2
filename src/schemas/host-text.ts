/** A host as it stands before a port or a path: an IPv6 address in brackets (RFC 3986, 3.2.2). */
export const hostText = (host: string): string => (host.includes(":") && !host.startsWith("[") ? `[${host}]` : host);
