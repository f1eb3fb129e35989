namespace Cgh.DataPrep.Sources.Archives;

/// <summary>
/// Reads the headers of a tar from front to back. Skips data by seeking if the stream can, so that a large archive is listed without reading it.
/// </summary>
/// <remarks>
/// System.Formats.Tar is not used: it accepts wrong checksums, takes an archive cut off between two entries for a complete one, and allocates whatever length
/// a header claims for a long name.
/// </remarks>
/// <param name="stream">At the start of the archive; its position belongs to the walker.</param>
internal sealed class TarWalker(Stream stream)
{
    // Of a long name or a pax header.
    private const int MaxExtensionBytes = 1 << 20;
    private const int MaxExtensionsInARow = 8;

    private readonly byte[] _block = new byte[TarHeader.BlockBytes];
    private byte[] _skipped = [];
    private TarItem _current;
    private long _position;
    private long _next;

    /// <summary>Returns the next entry; null at the end of the archive.</summary>
    /// <exception cref="ArchiveException">The archive is damaged or truncated.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public TarItem? Next()
    {
        string? longName = null;
        var pax = default(PaxRecords);
        for (var extensions = 0; extensions <= MaxExtensionsInARow; extensions++)
        {
            MoveTo(_next);
            var position = _position;
            if (!ReadBlock())
            {
                throw ArchiveException.Damaged(position == 0 ? "is empty" : $"is truncated: it ends at byte {position} without an end marker");
            }

            if (TarHeader.IsEnd(_block))
            {
                return null;
            }

            var header = new TarHeader(_block, position);
            switch (header.Type)
            {
                case 'L':
                    longName = TarHeader.Text(ReadExtension(header.Length));
                    break;
                case 'x' or 'X':
                    pax = pax.With(ReadExtension(header.Length));
                    break;
                case 'g' or 'K':
                    SetData(header.Length);
                    break;
                default:
                    return _current = ReadItem(header, longName, pax);
            }
        }

        throw ArchiveException.Damaged($"is damaged: more than {MaxExtensionsInARow} extended headers in a row before byte {_next}");
    }

    /// <summary>Reads the data of the entry that <see cref="Next"/> has just returned.</summary>
    public byte[] ReadData()
    {
        MoveTo(_current.Offset);
        return Read(_current.Length);
    }

    private TarItem ReadItem(TarHeader header, string? longName, PaxRecords pax)
    {
        var name = pax.Name ?? longName ?? header.Name;
        var (type, length) = (header.Type, pax.Length ?? header.Length);
        var kind = type switch
        {
            _ when pax.IsSparse => TarKind.Sparse,
            '0' or '\0' or '7' => name.EndsWith('/') ? TarKind.Folder : TarKind.File,
            '1' or '2' => TarKind.Link,
            '3' or '4' or '6' => TarKind.Device,
            '5' => TarKind.Folder,
            'S' => TarKind.Sparse,
            _ => TarKind.Unknown,
        };
        if (type == 'S' && header.HasMoreSparseMap)
        {
            do
            {
                if (!ReadBlock())
                {
                    throw Truncated(name);
                }
            }
            while (_block[504] != 0);
        }

        // Links, devices and folders have no data, whatever the size says.
        SetData(type is >= '1' and <= '6' ? 0 : length);
        if (stream.CanSeek && length > 0 && _next - Padding(length) > stream.Length)
        {
            throw Truncated(name);
        }

        return new TarItem(name, kind, _position, length);
    }

    private static ArchiveException Truncated(string name) =>
        ArchiveException.Damaged($"is truncated: it ends inside {Core.UserText.Shortened(name, maxLength: 100)}");

    private static int Padding(long length) => (int)(-length & (TarHeader.BlockBytes - 1));

    private void SetData(long length) => _next = _position + length + Padding(length);

    private byte[] ReadExtension(long length)
    {
        if (length > MaxExtensionBytes)
        {
            throw new ArchiveException($"is refused: an extended header has {length} bytes (the limit is {MaxExtensionBytes})");
        }

        SetData(length);
        return Read(length);
    }

    private byte[] Read(long length)
    {
        var data = new byte[length];
        var read = stream.ReadAtLeast(data, data.Length, throwOnEndOfStream: false);
        _position += read;
        return read == length ? data : throw Truncated(_current.Name ?? "its first entry");
    }

    /// <summary>Reads the next block. False at the end of the stream.</summary>
    private bool ReadBlock()
    {
        var read = stream.ReadAtLeast(_block, _block.Length, throwOnEndOfStream: false);
        if (read is > 0 and < TarHeader.BlockBytes)
        {
            throw ArchiveException.Damaged(_position == 0 ? "is not a tar archive" : $"is truncated: it ends inside the header at byte {_position}");
        }

        _position += read;
        return read > 0;
    }

    private void MoveTo(long target)
    {
        if (stream.CanSeek)
        {
            stream.Position = Math.Min(target, stream.Length);
            _position = stream.Position;
            return;
        }

        if (_skipped.Length == 0)
        {
            _skipped = new byte[1 << 16];
        }

        while (_position < target)
        {
            var read = stream.Read(_skipped, 0, (int)Math.Min(_skipped.Length, target - _position));
            if (read == 0)
            {
                throw Truncated(_current.Name ?? "its first entry");
            }

            _position += read;
        }
    }
}
