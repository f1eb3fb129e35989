using System.Text;

namespace Cgh.Trainer.Checkpoints;

/// <summary>Recognizes files that are kept or downloaded in place of weights.</summary>
internal static class FileKind
{
    private const string Again = "Download or save the file again.";

    private static readonly (byte[] Start, string What)[] s_known =
    [
        ([0x89, .. "HDF"u8], "is an HDF5 file, such as Keras writes. Use weights of PyTorch."),
        ([0x93, .. "NUMPY"u8], "is a NumPy array. Use a file with named tensors: safetensors, or a state dict saved by torch.save."),
        ([.. "version https://git-lfs"u8], "is a Git LFS pointer, not the file itself. Run 'git lfs pull' in its repository, or download the file."),
    ];

    private static readonly (byte[] Start, string Program)[] s_compressed =
    [
        ([0x1f, 0x8b], "gzip"),
        ([.. "BZh"u8], "bzip2"),
        ([0xfd, .. "7zXZ"u8], "xz"),
        ([0x28, 0xb5, 0x2f, 0xfd], "zstd"),
    ];

    /// <summary>What a file is and what to do, a line; null if it is none of the known kinds.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="start">The first bytes of the file.</param>
    public static string? Describe(string path, ReadOnlySpan<byte> start) => What(path, start) is { } what ? $"{path} {what}" : null;

    private static string? What(string path, ReadOnlySpan<byte> start)
    {
        foreach (var (known, what) in s_known)
        {
            if (start.StartsWith(known))
            {
                return what;
            }
        }

        foreach (var (known, program) in s_compressed)
        {
            if (start.StartsWith(known))
            {
                return $"is compressed. Decompress it first: {program} -dc {path} > weights";
            }
        }

        if (start.Length >= 262 && start[257..262].SequenceEqual("ustar"u8))
        {
            return "is a tar archive. If it holds weights, unpack it first.";
        }

        var text = Encoding.UTF8.GetString(start).TrimStart('\ufeff', ' ', '\t', '\r', '\n');
        return !start.ContainsAnyExcept((byte)0) ? $"has only zeros at its start, such as an unfinished download. {Again}"
            : text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
                ? "is a web page, not weights: a server sent it in place of the file, for a login or an error. Download the file again."
            : text.StartsWith('<') ? $"is XML or a web page, not weights. {Again}"
            : text.StartsWith('{') || text.StartsWith('[') ? $"is JSON, not weights. {Again}"
            : text.Length > 0 && !text.Any(c => c == '\ufffd' || (char.IsControl(c) && !char.IsWhiteSpace(c))) ? $"is text, not weights. {Again}"
            : null;
    }
}
