using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cgh.Core;
using Microsoft.Win32.SafeHandles;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>An archive on disk, opened once, unless it is <see cref="Release">released</see>, and read by several threads at a time.</summary>
internal sealed class ArchiveFile : IDisposable
{
    private static readonly string[] s_gzipEndings = [".tar.gz", ".tgz"];
    private static readonly string[] s_otherEndings = [".tar.zst", ".tar.xz", ".tar.bz2"];

    private SafeFileHandle? _handle;

    private ArchiveFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
        Length = RandomAccess.GetLength(handle);
    }

    public string Path { get; }

    public long Length { get; }

    /// <summary>Whether it can be read only from front to back.</summary>
    public bool IsCompressed { get; private init; }

    /// <summary>Whether the name is that of a tar, compressed or not.</summary>
    public static bool HasTarName(string path) => path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase)
        || s_gzipEndings.Concat(s_otherEndings).Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <exception cref="UserErrorException">The file cannot be opened, or is compressed in another way than gzip.</exception>
    public static ArchiveFile Open(string path)
    {
        if (s_otherEndings.FirstOrDefault(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) is { } ending)
        {
            throw new UserErrorException($"{path}: {ending} is not supported. Decompress it to .tar, which is also faster to read.");
        }

        return Reading(path, () =>
        {
            // Pipes and devices have length 0; opening a pipe would block.
            var target = File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
            if (target is { Exists: true, Length: 0 })
            {
                throw new ArchiveException("is empty or not a regular file");
            }

            var handle = File.OpenHandle(path);
            Span<byte> magic = stackalloc byte[2];
            return new ArchiveFile(path, handle) { IsCompressed = RandomAccess.Read(handle, magic, fileOffset: 0) == 2 && magic is [0x1F, 0x8B] };
        });
    }

    /// <summary>Calls <paramref name="read"/> and turns what can go wrong with the file into an error for the user.</summary>
    public static T Reading<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ArchiveException error)
        {
            throw new UserErrorException($"{path} {error.Message}.{(error.IsDamage ? " Download or write it again." : "")}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"Cannot read {path}: {UserText.FirstLine(error)}", error);
        }
    }

    /// <summary>The content: decompressed and only from front to back if it is compressed, else as a seekable stream.</summary>
    public Stream OpenContent() => IsCompressed ? new BoundedInflate(new BufferedStream(OpenRange(0, Length), 1 << 16)) : OpenRange(0, Length);

    /// <summary>A part of the file, as it is on disk.</summary>
    public FileRange OpenRange(long offset, long length) =>
        _handle is { } handle ? new FileRange(handle, offset, length) : new FileRange(File.OpenHandle(Path), offset, length, ownsFile: true);

    /// <summary>Closes the file. Each range opens it again: a source of thousands of archives would exceed the limit of open files otherwise.</summary>
    public void Release()
    {
        _handle?.Dispose();
        _handle = null;
    }

    /// <summary>Adds what identifies the file's content: its name, length and time of change.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        var changed = File.GetLastWriteTimeUtc(Path).Ticks;
        hash.AppendData(Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{System.IO.Path.GetFileName(Path)}\0{Length}\0{changed}\0")));
    }

    public void Dispose() => Release();
}
