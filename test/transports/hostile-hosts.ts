/** A host that must not be connected to. */
export interface HostileHost {
  readonly host: string;
  /** The addresses that it stands for; empty: it is no host, and nothing allows it. */
  readonly means: readonly string[];
  /** What EGRESS_ALLOW must name for it to be meant. */
  readonly allow: readonly string[];
}

const single = (host: string, means = host, ...more: string[]): HostileHost => ({
  host,
  means: [means],
  allow: [means, ...more],
});

const LITERALS: readonly HostileHost[] = [
  // Special networks of IPv4, at their edges.
  ...["0.0.0.0", "0.1.2.3", "10.0.0.0", "10.1.2.3", "10.255.255.255", "100.64.0.1", "100.100.100.200"],
  ...["100.127.255.255", "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.0.1", "169.254.169.254"],
  ...["172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.31.196.1", "192.52.193.1"],
  ...["192.88.99.1", "192.168.0.1", "192.168.255.255", "192.175.48.1", "198.18.0.1", "198.19.255.255"],
  ...["198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "254.1.2.3", "255.255.255.255"],
].map((host) => single(host));

const NOTATIONS: readonly HostileHost[] = [
  // What inet_aton takes, and with it curl, browsers and most of the world.
  ...["127.1", "127.0.1", "0x7f.1", "0x7f.0.0.1", "0x7F000001", "0177.1", "0177.0.0.01", "017700000001"],
  ...["2130706433", "127.0.0.1.", "127.0x0.0.1", "00000177.0.0.1", "0x7f.0.0x0.01"],
  // Digits, dots and letters that IDNA makes the plain ones of, percent signs that URLs take away, and what is left out.
  ...["１２７.0.0.1", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "①②⑦.0.0.1", "１２７。１", "0𝚡7f.1"],
  ...["127%2e0%2e0%2e1", "%31%32%37.1", "127.0.\u00ad0.1", "127.0.0.\u200b1", "𝟏𝟐𝟕.0.0.1"],
].map((host) => single(host, "127.0.0.1"));

const OTHER_NOTATIONS: readonly HostileHost[] = [
  single("0", "0.0.0.0"),
  single("0x0", "0.0.0.0"),
  single("10.1", "10.0.0.1"),
  single("0xa9fea9fe", "169.254.169.254"),
  single("2852039166", "169.254.169.254"),
  single("0251.0376.0251.0376", "169.254.169.254"),
  single("169.254.43518", "169.254.169.254"),
  single("192.168.257", "192.168.1.1"),
  single("3232235777", "192.168.1.1"),
  single("4294967295", "255.255.255.255"),
];

const IPV6: readonly HostileHost[] = [
  ...["::", "::1", "100::1", "100:0:0:1::1", "2001:2::1", "2001:3::1", "2001:4:112::1", "2001:10::1", "2001:20::1"],
  ...["2001:30::1", "2001:1ff::1", "2001:db8::1", "2620:4f:8000::1", "3ffe::1", "3fff::1", "4000::1", "5f00::1"],
  ...["8000::1", "fc00::1", "fd00:ec2::254", "fe80::1", "febf::1", "fec0::1", "ff02::1", "ff0e::1"],
].map((host) => single(host));

const IPV6_NOTATIONS: readonly HostileHost[] = [
  single("[::1]", "::1"),
  single("0:0:0:0:0:0:0:1", "::1"),
  single("[0000:0000:0000:0000:0000:0000:0000:0001]", "::1"),
  single("FD00::A", "fd00::a"),
  single("fe80::1%eth0"),
];

/** IPv6 addresses that lead to an IPv4 one: both must be allowed. */
const EMBEDDED: readonly HostileHost[] = [
  single("::ffff:127.0.0.1", "127.0.0.1"),
  single("[::ffff:7f00:1]", "127.0.0.1"),
  single("::ffff:a9fe:a9fe", "169.254.169.254"),
  single("0:0:0:0:0:ffff:10.0.0.1", "10.0.0.1"),
  single("::127.0.0.1", "::7f00:1", "127.0.0.1"),
  single("::ffff:0:127.0.0.1", "::ffff:0:7f00:1", "127.0.0.1"),
  single("64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "127.0.0.1"),
  single("64:ff9b::a9fe:a9fe", "64:ff9b::a9fe:a9fe", "169.254.169.254"),
  single("64:ff9b::8.8.8.8", "64:ff9b::808:808"),
  single("64:ff9b:1::10.0.0.1", "64:ff9b:1::a00:1", "10.0.0.1"),
  single("64:ff9b:1:a00:0:100::", "64:ff9b:1:a00:0:100::", "10.0.0.1"),
  single("2002:7f00:1::", "2002:7f00:1::", "127.0.0.1"),
  single("2002:808:808::1", "2002:808:808::1"),
  single("2001:0:808:808::f5ff:fffe", "2001:0:808:808::f5ff:fffe", "10.0.0.1"),
  single("2001:0:a00:1::f7f7:f7f7", "2001:0:a00:1::f7f7:f7f7", "10.0.0.1"),
  single("2a00:1450::5efe:10.0.0.1", "2a00:1450::5efe:a00:1", "10.0.0.1"),
  single("2a00:1450::200:5efe:192.168.1.1", "2a00:1450::200:5efe:c0a8:101", "192.168.1.1"),
];

const NO_HOSTS: readonly HostileHost[] = [
  ...["", " ", "127.0.0.1 ", "\t127.0.0.1", "127.0.0.1\n", "127.0.0.1\r\n", "127.0.0.1\0", "127.0.0.1\0.example.com"],
  ...["8.8.8.8@127.0.0.1", "user:pass@127.0.0.1", "127.0.0.1#@8.8.8.8", "127.0.0.1?@8.8.8.8", "127.0.0.1\\@8.8.8.8"],
  ...["127.0.0.1/x", "127.0.0.1:80", "[::1]:80", "[::1", "::1]", "1.2.3.4.5", "256.1.1.1", "127.0.0.1..", "0x7g.1"],
  ...[
    "a..example",
    `${"a".repeat(64)}.example`,
    `${"a.".repeat(130)}example`,
    "2606:4700::1111%eth0",
    "::ffff:127.0.0.1%1",
    "127.0.0.1%eth0",
  ],
  ...["<127.0.0.1>", "127.0.0.1^", "127.0.0.1|8.8.8.8", "127.0.0.1,8.8.8.8", "xn--", "a.xn--a.example"],
].map((host) => ({ host, means: [], allow: ["0.0.0.0/0", "::/0"] }));

const LOCAL_NAMES: readonly HostileHost[] = ["localhost", "LocalHost", "localhost.", "ｌocalhost"].map((host) => ({
  host,
  means: ["127.0.0.1", "::1"],
  allow: ["127.0.0.0/8", "::1"],
}));

const named = (host: string, means: readonly string[], allow: readonly string[] = means): HostileHost => ({
  host,
  means,
  allow,
});

/** Names that the test's own name server answers for, with what they stand for. */
const NAMES: readonly HostileHost[] = [
  named("private.example", ["10.0.0.1"]),
  named("loopback.example", ["127.0.0.1"]),
  named("metadata.example", ["169.254.169.254"]),
  named("six.example", ["fd00::1"]),
  named("mapped.example", ["127.0.0.1"]),
  named("nat64.example", ["64:ff9b::a00:1"], ["64:ff9b::/96", "10.0.0.1"]),
  named("mixed.example", ["8.8.8.8", "10.0.0.1"], ["10.0.0.1"]),
  named("mixed-six.example", ["8.8.8.8", "::1"], ["::1"]),
  named("last-of-many.example", ["8.8.8.8", "8.8.4.4", "9.9.9.9", "1.1.1.1", "192.168.0.1"], ["192.168.0.1"]),
  named("chain.example", ["172.16.0.1"]),
  named("PRIVATE.Example.", ["10.0.0.1"]),
  named("ｐrivate。example", ["10.0.0.1"]),
  named("münchen.example", ["10.0.0.2"]),
  named("xn--mnchen-3ya.example", ["10.0.0.2"]),
  named("127.0.0.1.nip.example", ["127.0.0.1"]),
  named("zero.example", ["0.0.0.0"]),
];

/** What that name server says. */
export const HOSTILE_NAMES = {
  "private.example": ["10.0.0.1"],
  "loopback.example": ["127.0.0.1"],
  "metadata.example": ["169.254.169.254"],
  "six.example": ["fd00::1"],
  "mapped.example": ["::ffff:127.0.0.1"],
  "nat64.example": ["64:ff9b::10.0.0.1"],
  "mixed.example": ["8.8.8.8", "10.0.0.1"],
  "mixed-six.example": ["8.8.8.8", "::1"],
  "last-of-many.example": ["8.8.8.8", "8.8.4.4", "9.9.9.9", "1.1.1.1", "192.168.0.1"],
  "chain.example": [{ chain: ["cdn.example", "edge.cdn.example"], addresses: ["172.16.0.1"] }],
  "xn--mnchen-3ya.example": ["10.0.0.2"],
  "127.0.0.1.nip.example": ["127.0.0.1"],
  "zero.example": ["0.0.0.0"],
} as const;

export const HOSTILE_HOSTS: readonly HostileHost[] = [
  ...LITERALS,
  ...NOTATIONS,
  ...OTHER_NOTATIONS,
  ...IPV6,
  ...IPV6_NOTATIONS,
  ...EMBEDDED,
  ...NO_HOSTS,
  ...LOCAL_NAMES,
  ...NAMES,
];
