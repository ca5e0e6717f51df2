/**
 * What .NET has and Mono, which Debian has, lacks, by the same names (.NET 6), and of ASP.NET what the documentation's code
 * takes. Names outside of all namespaces come before those of `using`.
 */
const STAND_INS = `
static class HMACSHA1 { public static byte[] HashData(byte[] key, byte[] source) { return new System.Security.Cryptography.HMACSHA1(key).ComputeHash(source); } }
static class HMACSHA256 { public static byte[] HashData(byte[] key, byte[] source) { return new System.Security.Cryptography.HMACSHA256(key).ComputeHash(source); } }
static class HMACSHA512 { public static byte[] HashData(byte[] key, byte[] source) { return new System.Security.Cryptography.HMACSHA512(key).ComputeHash(source); } }
static class CryptographicOperations { public static bool FixedTimeEquals(byte[] left, byte[] right) { return left.SequenceEqual(right); } }
static class Convert
{
    public static byte[] FromBase64String(string s) { return System.Convert.FromBase64String(s); }
    public static string ToBase64String(byte[] bytes) { return System.Convert.ToBase64String(bytes); }
    public static string ToHexString(byte[] bytes) { return BitConverter.ToString(bytes).Replace("-", ""); }
}
namespace Microsoft.AspNetCore.Http
{
    public class IHeaderDictionary : System.Collections.Generic.Dictionary<string, string>
    {
        public IHeaderDictionary() : base(StringComparer.OrdinalIgnoreCase) { }
        public new string this[string name] { get { string value; return TryGetValue(name, out value) ? value : ""; } set { base[name] = value; } }
    }
}
`;

/** What is asked: its first lines are the key and the body, then names and values of headers, each in base64. */
export const linesOf = (key: string, body: Buffer, headers: Readonly<Record<string, string>>): string =>
  [
    Buffer.from(key),
    body,
    ...Object.entries(headers)
      .flat()
      .map((text) => Buffer.from(text)),
  ]
    .map((bytes) => bytes.toString("base64"))
    .join("\n");

/** The documentation's C# as a program: it reads the lines of the file that its argument names, and says yes or no. */
export function csharpProgram(code: string): string {
  const end = code.indexOf("\n\n");
  const [usings, verifies] = [code.slice(0, end), code.slice(end)];
  return `${usings}
${STAND_INS}
static class Program
{
${verifies}
    static string Text(byte[] bytes) { return Encoding.UTF8.GetString(bytes); }
    static void Main(string[] arguments)
    {
        var lines = System.IO.File.ReadAllText(arguments[0]).Split('\\n').Select(System.Convert.FromBase64String).ToArray();
        var headers = new IHeaderDictionary();
        for (var at = 2; at < lines.Length; at += 2) headers[Text(lines[at])] = Text(lines[at + 1]);
        Console.WriteLine(IsFromWaybell(headers, lines[1], Text(lines[0])) ? "yes" : "no");
    }
}
`;
}
