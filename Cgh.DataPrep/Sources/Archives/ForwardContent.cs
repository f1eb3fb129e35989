using Cgh.Core;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>The content of a compressed archive, read from front to back.</summary>
internal sealed class ForwardContent(ArchiveFile file) : IDisposable
{
    private readonly Stream _stream = file.OpenContent();
    private byte[] _skipped = [];

    public ArchiveFile File => file;

    /// <summary>Skips to a position that is not before the current one.</summary>
    /// <exception cref="UserErrorException">The archive is damaged or has changed.</exception>
    public void MoveTo(long offset) => ArchiveFile.Reading(file.Path, () =>
    {
        if (_skipped.Length == 0)
        {
            _skipped = new byte[1 << 16];
        }

        while (_stream.Position < offset)
        {
            if (_stream.Read(_skipped, 0, (int)Math.Min(_skipped.Length, offset - _stream.Position)) == 0)
            {
                throw new ArchiveException("has become shorter since it was listed");
            }
        }

        return 0;
    });

    /// <summary>Reads the next bytes.</summary>
    /// <exception cref="UserErrorException">The archive is damaged or has changed.</exception>
    public MemoryStream Read(int length) => ArchiveFile.Reading(file.Path, () =>
    {
        var data = new byte[length];
        return _stream.ReadAtLeast(data, length, throwOnEndOfStream: false) == length
            ? new MemoryStream(data, writable: false)
            : throw new ArchiveException("has become shorter since it was listed");
    });

    public void Dispose() => _stream.Dispose();
}
