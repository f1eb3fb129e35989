using Cgh.Core;

namespace Cgh.DataPrep.Sources;

/// <summary>Says what a path is that no format recognizes.</summary>
internal static class UnknownSource
{
    /// <summary>What can be packed, in short.</summary>
    public const string Supported =
        "Supported are folders of classes, ImageNet in several layouts, WebDataset, Parquet, CSV tables, CIFAR and idx files (see: pack --help).";

    private const int SampleLength = 512;

    /// <summary>The error for such a path: what its content says, and what to do.</summary>
    public static UserErrorException Error(string path)
    {
        if (!File.Exists(path))
        {
            var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            var siblings = Path.GetDirectoryName(full) is { } above && Directory.Exists(above)
                ? Directory.EnumerateFileSystemEntries(above).Select(entry => Path.GetFileName(entry)).Take(1000).ToArray()
                : [];
            var near = NearestName.Suggest(Path.GetFileName(full), siblings);
            var advice = near.StartsWith(" Did", StringComparison.Ordinal) ? near : " Check the path.";
            return UserErrorException.NotFound($"There is no file or folder {path}.{advice}");
        }

        return new UserErrorException($"{path} is {Describe(path) ?? $"no source that is known. {Supported}"}");
    }

    /// <summary>What a file is, judging by its first bytes, and what to do with it: the end of a sentence. Null if they say nothing.</summary>
    public static string? Describe(string path)
    {
        // A pipe would block, and a device may never end.
        var file = new FileInfo(path);
        file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        if (file.Length == 0)
        {
            return "empty or not a regular file. Use a regular file with content.";
        }

        Span<byte> buffer = stackalloc byte[SampleLength];
        using var stream = File.OpenRead(path);
        var start = buffer[..stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
        return start switch
        {
            _ when start.StartsWith("PK\u0003\u0004"u8) => "a zip archive: unpack it and pack the folder.",
            [(byte)'7', (byte)'z', 0xBC, 0xAF, ..] => "a 7-Zip archive: unpack it and pack the folder.",
            _ when start.StartsWith("Rar!"u8) => "a RAR archive: unpack it and pack the folder.",
            [0x1F, 0x8B, ..] => "compressed with gzip, and its content is no source: unpack it.",
            [0x28, 0xB5, 0x2F, 0xFD, ..] => "compressed with zstd: unpack it.",
            [0xFD, (byte)'7', (byte)'z', ..] => "compressed with xz: unpack it.",
            [(byte)'B', (byte)'Z', (byte)'h', ..] => "compressed with bzip2: unpack it.",
            _ when start.StartsWith("PAR1"u8) => "a Parquet file without its end.",
            [0xFF, 0xD8, 0xFF, ..] or [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => "a single image: pack a folder of images.",
            [0x89, (byte)'H', (byte)'D', (byte)'F', ..] => "an HDF5 file, which is not read: write its images to class folders first.",
            [0x93, (byte)'N', (byte)'U', (byte)'M', ..] => "a NumPy array, which is not read: write its images to class folders first.",
            _ when start.StartsWith("ARROW1"u8) => "an Arrow file, which is not read: write it as Parquet first.",
            _ when start.TrimStart(" \t\r\n"u8).StartsWith("<"u8) => "a web page or XML, perhaps the answer of a server instead of the download.",
            _ when start.StartsWith("version https://git-lfs"u8) => "a Git LFS pointer instead of the file: fetch it with git lfs pull.",
            _ => null,
        };
    }
}
