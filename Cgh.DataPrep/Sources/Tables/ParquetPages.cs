using Cgh.Core;
using Cgh.Core.Files;
using Microsoft.Win32.SafeHandles;

namespace Cgh.DataPrep.Sources.Tables;

/// <summary>
/// Checks how much memory each page of a Parquet column takes before the library reads it: that allocates what a page's header claims, and a small compressed
/// page can claim 2 GiB.
/// </summary>
internal sealed class ParquetPages : IDisposable
{
    /// <summary>Maximum memory for the pages of a column that are in memory at a time, as they are in the file and decompressed.</summary>
    public const long MaxPageBytes = 512 << 20;

    private const int MagicBytes = 4;

    private static readonly int[] s_headerBytes = [1 << 12, 1 << 16, 1 << 20];

    private readonly string _path;
    private readonly FileStream _file;
    private readonly IReadOnlyList<IReadOnlyList<ParquetChunk>> _groups;

    private ParquetPages(string path, FileStream file, IReadOnlyList<IReadOnlyList<ParquetChunk>> groups)
    {
        _path = path;
        _file = file;
        _groups = groups;
    }

    /// <summary>Whether a regular file starts like a Parquet file.</summary>
    public static bool IsParquet(string path)
    {
        var file = new FileInfo(path);
        file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        if (!file.Exists || file.Length < MagicBytes)
        {
            return false;
        }

        Span<byte> magic = stackalloc byte[MagicBytes];
        using var stream = File.OpenRead(path);
        return stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.SequenceEqual("PAR1"u8);
    }

    /// <summary>Reads where the columns of a file are.</summary>
    /// <exception cref="UserErrorException">The file is damaged.</exception>
    public static ParquetPages Open(string path)
    {
        var file = UntrustedFile.OpenRead(path);
        try
        {
            return new ParquetPages(path, file, ParquetFooter.Read(file.SafeFileHandle, file.Length));
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or OverflowException)
        {
            file.Dispose();
            throw Damaged(path, error is InvalidDataException ? error.Message : "its footer is damaged");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Checks the pages of a column.</summary>
    /// <exception cref="UserErrorException">A page is damaged or too large.</exception>
    public void Check(int group, int column)
    {
        if (group >= _groups.Count || column >= _groups[group].Count)
        {
            throw Damaged(_path, "a row group lacks a column");
        }

        var chunk = _groups[group][column];
        var (dictionary, data, values) = (0L, 0L, 0L);
        for (long position = chunk.Start, end = checked(chunk.Start + chunk.Length); values < chunk.Values && position < end;)
        {
            var page = ReadPage(position, end);
            position = page.End;
            if (position > end || page.Compressed < 0 || page.Uncompressed < 0)
            {
                throw Damaged(_path, $"a page of row group {group} ends outside of its column");
            }

            var bytes = (chunk.IsCompressed ? page.Compressed : 0) + page.Uncompressed;
            (dictionary, data) = page.IsDictionary ? (Math.Max(dictionary, bytes), data) : (dictionary, Math.Max(data, bytes));
            values += page.Values;
            if (dictionary + data > MaxPageBytes)
            {
                throw new UserErrorException(
                    $"{_path}: a page of row group {group} takes {(dictionary + data) >> 20} MiB of memory (at most {MaxPageBytes >> 20} MiB). "
                        + "Write the file with smaller row groups, such as 1,000 rows.");
            }
        }
    }

    public void Dispose() => _file.Dispose();

    private Page ReadPage(long position, long end)
    {
        foreach (var size in s_headerBytes)
        {
            var bytes = Read(_file.SafeFileHandle, position, (int)Math.Min(size, end - position));
            try
            {
                return ReadPage(bytes, position);
            }
            catch (EndOfStreamException) when (size < s_headerBytes[^1] && bytes.Length == size)
            {
                // The header goes on: statistics can make it long.
            }
            catch (Exception error) when (error is InvalidDataException or EndOfStreamException or OverflowException)
            {
                break;
            }
        }

        throw Damaged(_path, "the header of a page is damaged");
    }

    private static Page ReadPage(ReadOnlySpan<byte> bytes, long position)
    {
        var header = new ThriftReader(bytes);
        var (kind, uncompressed, compressed, values) = (0L, 0L, 0L, 0L);
        for (var id = 0; header.NextField(ref id, out var type);)
        {
            switch (id)
            {
                case 1:
                    kind = header.Integer();
                    break;
                case 2:
                    uncompressed = header.Integer();
                    break;
                case 3:
                    compressed = header.Integer();
                    break;
                case 5 or 8 when type == ThriftReader.Struct:
                    for (var inner = 0; header.NextField(ref inner, out var field);)
                    {
                        if (inner == 1)
                        {
                            values = header.Integer();
                        }
                        else
                        {
                            header.Skip(field);
                        }
                    }

                    break;
                default:
                    header.Skip(type);
                    break;
            }
        }

        return new Page(kind == 2, uncompressed, compressed, Math.Max(0, values), checked(position + header.Position + compressed));
    }

    /// <summary>Reads bytes at a position; fewer at the end of the file.</summary>
    internal static ReadOnlySpan<byte> Read(SafeFileHandle file, long position, int length)
    {
        if (position < 0 || length <= 0)
        {
            return [];
        }

        var bytes = GC.AllocateUninitializedArray<byte>(length);
        var read = 0;
        while (read < length && RandomAccess.Read(file, bytes.AsSpan(read), position + read) is > 0 and var count)
        {
            read += count;
        }

        return bytes.AsSpan(0, read);
    }

    private static UserErrorException Damaged(string path, string reason) => new($"{path} is not a valid Parquet file: {reason}. Download or write it again.");

    private readonly record struct Page(bool IsDictionary, long Uncompressed, long Compressed, long Values, long End);
}
