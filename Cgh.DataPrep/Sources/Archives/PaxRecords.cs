using System.Buffers.Text;
using System.Globalization;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>What a pax header says about the next entry.</summary>
/// <param name="Name">Its name, if the header has one.</param>
/// <param name="Length">Length of its data, if the header has one.</param>
/// <param name="IsSparse">Whether the data is GNU's map of a sparse file and its parts.</param>
internal readonly record struct PaxRecords(string? Name, long? Length, bool IsSparse)
{
    /// <summary>Adds records of the form <c>LENGTH KEY=VALUE\n</c>; the length counts the whole record.</summary>
    /// <exception cref="ArchiveException">The header is malformed.</exception>
    public PaxRecords With(ReadOnlySpan<byte> data)
    {
        var records = this;
        while (data.Length > 0 && data[0] != 0)
        {
            if (!Utf8Parser.TryParse(data, out int length, out var digits)
                || length > data.Length || length < digits + 3 || data[digits] != ' ' || data[length - 1] != '\n')
            {
                throw Malformed();
            }

            var record = data[(digits + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals < 1)
            {
                throw Malformed();
            }

            records = records.With(record[..equals], record[(equals + 1)..]);
            data = data[length..];
        }

        return records;
    }

    private PaxRecords With(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.SequenceEqual("path"u8))
        {
            return value.Contains((byte)0) ? throw Malformed() : this with { Name = TarHeader.Text(value) };
        }

        if (key.SequenceEqual("size"u8))
        {
            return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= 1L << 60
                ? this with { Length = length }
                : throw Malformed();
        }

        return key.StartsWith("GNU.sparse."u8) ? this with { IsSparse = true } : this;
    }

    private static ArchiveException Malformed() => ArchiveException.Damaged("is damaged: a pax header is malformed");
}
