namespace Cgh.DataPrep.Sources.Archives;

/// <summary>
/// Reads variables from a MATLAB 5 file, as <c>save -v7</c> and <c>-v6</c> write it: text, real numbers and structures, in either byte order. Every length is
/// checked, and output and depth are limited.
/// </summary>
internal static class MatFile
{
    private const int HeaderBytes = 128;

    /// <summary>Reads every variable.</summary>
    /// <exception cref="ArchiveException">The file is damaged, or not a MATLAB 5 file.</exception>
    public static IReadOnlyDictionary<string, MatValue> Read(byte[] file)
    {
        if (file.Length < HeaderBytes || Endian(file) is not { } bigEndian)
        {
            throw new ArchiveException(
                file.AsSpan().StartsWith("\x89HDF"u8) || file.AsSpan().StartsWith("MATLAB 7.3"u8)
                    ? "is a MATLAB 7.3 file, which is not supported"
                    : "is not a MATLAB 5 file");
        }

        var variables = new Dictionary<string, MatValue>(StringComparer.Ordinal);
        new MatReader(bigEndian).ReadVariables(file.AsSpan(HeaderBytes), variables);
        return variables;
    }

    // "IM" as a number in the order of the machine that wrote it.
    private static bool? Endian(ReadOnlySpan<byte> header) => header[124..HeaderBytes] switch
    {
        [0, 1, (byte)'I', (byte)'M'] => false,
        [1, 0, (byte)'M', (byte)'I'] => true,
        _ => null,
    };
}
