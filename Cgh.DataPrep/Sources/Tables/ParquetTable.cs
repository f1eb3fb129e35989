using System.Runtime.InteropServices;
using Cgh.Core;
using Cgh.Core.Datasets;
using ParquetSharp;

namespace Cgh.DataPrep.Sources.Tables;

/// <summary>
/// An open Parquet file with images and labels. Columns are read page by page, so memory is bounded by <see cref="ParquetPages.MaxPageBytes"/>.
/// </summary>
internal sealed class ParquetTable : IDisposable
{
    private const int BatchSize = 64;
    private const long BufferBytes = 1 << 18;

    private readonly string _path;
    private readonly ParquetPages _pages;
    private readonly ParquetFileReader _reader;

    private ParquetTable(string path, ParquetPages pages, ParquetFileReader reader, ParquetColumns columns)
    {
        _path = path;
        _pages = pages;
        _reader = reader;
        Columns = columns;
        RowGroups = reader.FileMetaData.NumRowGroups;
    }

    /// <summary>The columns that are read.</summary>
    public ParquetColumns Columns { get; }

    /// <summary>Number of row groups.</summary>
    public int RowGroups { get; }

    /// <exception cref="UserErrorException">The file is damaged, or has no such columns.</exception>
    public static ParquetTable Open(string path, SourceOptions options)
    {
        var pages = ParquetPages.Open(path);
        ParquetFileReader? reader = null;
        try
        {
            using var properties = ReaderProperties.GetDefaultReaderProperties();
            properties.EnableBufferedStream();
            properties.BufferSize = BufferBytes;
            reader = Guarded(path, () => new ParquetFileReader(path, properties));
            var columns = Guarded(path, () => ParquetColumns.Find(path, reader.FileMetaData, options));
            return new ParquetTable(path, pages, reader, columns);
        }
        catch
        {
            reader?.Dispose();
            pages.Dispose();
            throw;
        }
    }

    /// <summary>The label of each row of a row group: a number or a name; null if it has none.</summary>
    public IEnumerable<(long Number, string? Name)?> Labels(int group) => Columns.LabelIsText
        ? Values<ByteArray, (long, string?)?>(group, Columns.Label, value => (0, Text(value)))
        : _reader.FileMetaData.Schema.Column(Columns.Label).PhysicalType == PhysicalType.Int32
            ? Values<int, (long, string?)?>(group, Columns.Label, value => (value, null))
            : Values<long, (long, string?)?>(group, Columns.Label, value => (value, null));

    /// <summary>The images of a row group's rows.</summary>
    /// <param name="group">Index of the row group.</param>
    /// <param name="wanted">Whether a row, from 0, is wanted.</param>
    /// <returns>For each row its image; null if it has none or is not wanted.</returns>
    public IEnumerable<byte[]?> Images(int group, Func<int, bool> wanted)
    {
        var row = 0;
        return Values<ByteArray, byte[]?>(group, Columns.Image, value => wanted(row) ? Bytes(value) : null, () => row++);
    }

    public void Dispose()
    {
        _reader.Dispose();
        _pages.Dispose();
    }

    /// <summary>Runs a call into the library and turns its exceptions into those of this program.</summary>
    /// <exception cref="IOException">The machine is at fault.</exception>
    /// <exception cref="UserErrorException">The file is at fault.</exception>
    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ParquetException error)
        {
            // Some of the library's messages are the mangled name of a C++ class with the message in brackets.
            var text = UserText.FirstLine(error);
            text = text.Split(" (message: '", 2) is [_, var inner] ? inner.TrimEnd('.', ')', '\'') : text;
            var message = UserText.Shortened(text.TrimEnd('.'), 200);
            throw error.Message.Contains("[errno ", StringComparison.Ordinal)
                ? new IOException(message, error)
                : Damaged(path, message, error);
        }
        catch (Exception error) when (error is NotSupportedException or ArgumentException or OverflowException or OutOfMemoryException)
        {
            throw Damaged(path, UserText.FirstLine(error).TrimEnd('.'), error);
        }
    }

    private static UserErrorException Damaged(string path, string reason, Exception? error = null) =>
        new($"{path} is not a valid Parquet file: {reason}. Download or write it again.", error);

    private IEnumerable<TResult> Values<T, TResult>(int group, int column, Func<T, TResult> convert, Action? next = null)
        where T : unmanaged
    {
        _pages.Check(group, column);
        using var rows = Guarded(_path, () => _reader.RowGroup(group));
        using var reader = Guarded(_path, () => (ColumnReader<T>)rows.Column(column));
        var defined = Guarded(_path, () => reader.ColumnDescriptor.MaxDefinitionLevel);
        var (values, levels, converted) = (new T[BatchSize], new short[BatchSize], new List<TResult>(BatchSize));
        while (Guarded(_path, () => reader.HasNext))
        {
            // A batch ends with its page, which holds the values until the next call.
            var count = Guarded(_path, () => reader.ReadBatch(BatchSize, levels, [], values, out _));
            if (count <= 0)
            {
                throw Damaged(_path, "a page has no values");
            }

            for (int row = 0, value = 0; row < count; row++)
            {
                yield return defined == 0 || levels[row] == defined ? convert(values[value++]) : default!;
                next?.Invoke();
            }
        }
    }

    private static byte[] Bytes(ByteArray value)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(value.Length);
        if (value.Length > 0)
        {
            Marshal.Copy(value.Pointer, bytes, 0, value.Length);
        }

        return bytes;
    }

    private static string Text(ByteArray value) => System.Text.Encoding.UTF8.GetString(Bytes(value));
}
