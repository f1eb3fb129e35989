using System.Security.Cryptography;

namespace Cgh.DataPrep;

/// <summary>Checksums of files.</summary>
internal static class Checksum
{
    /// <summary>SHA-256 of a file, in lower-case hexadecimal.</summary>
    public static string Of(string path)
    {
        using var stream = new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 0 });
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
