using System.Runtime.InteropServices;
using System.Text.Json;
using ParquetSharp;
using ParquetSharp.Schema;

namespace Cgh.DataPrep.Tests;

/// <summary>Writes Parquet files as Hugging Face's libraries do: a structure of bytes and path, and labels as integers or strings.</summary>
internal sealed record TestParquet
{
    public int RowsPerGroup { get; init; } = 20;

    /// <summary>Whether the image is a structure with the fields <c>bytes</c> and <c>path</c>, instead of bytes.</summary>
    public bool Struct { get; init; } = true;

    public string ImageName { get; init; } = "image";

    public string LabelName { get; init; } = "label";

    public Compression Compression { get; init; } = Compression.Snappy;

    /// <summary>Names for the metadata; null to write none.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Maximum size of a page in bytes.</summary>
    public long PageSize { get; init; } = 1 << 20;

    /// <summary>Writes rows of image and label; a label is a number, a string or null.</summary>
    public string Write(string path, IReadOnlyList<(byte[]? Image, object? Label)> rows)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var text = rows.Any(row => row.Label is string);
        Node image = Struct
            ? new GroupNode(ImageName, Repetition.Optional, [Bytes("bytes", LogicalType.None()), Bytes("path", LogicalType.String())])
            : Bytes(ImageName, LogicalType.None());
        Node label = text ? Bytes(LabelName, LogicalType.String()) : new PrimitiveNode(LabelName, Repetition.Optional, LogicalType.None(), PhysicalType.Int64);
        using var schema = new GroupNode("schema", Repetition.Required, [image, label]);
        using var builder = new WriterPropertiesBuilder();
        using var properties = builder.Compression(Compression).DisableDictionary().DataPagesize(PageSize).WriteBatchSize(4).Build();
        var metadata = new Dictionary<string, string>();
        if (ClassNames is not null)
        {
            var features = new Dictionary<string, object> { [LabelName] = new { names = ClassNames, _type = "ClassLabel" } };
            metadata["huggingface"] = JsonSerializer.Serialize(new { info = new { features } });
        }

        using var writer = new ParquetFileWriter(path, schema, properties, metadata);
        foreach (var part in rows.Chunk(RowsPerGroup))
        {
            using var group = writer.AppendRowGroup();
            WriteBytes(group, [.. part.Select(row => row.Image)], depth: (short)(Struct ? 2 : 1));
            if (Struct)
            {
                WriteBytes(group, [.. part.Select((row, i) => row.Image is null ? null : System.Text.Encoding.UTF8.GetBytes($"{i}.jpg"))], depth: 2);
            }

            if (text)
            {
                WriteBytes(group, [.. part.Select(row => row.Label is string name ? System.Text.Encoding.UTF8.GetBytes(name) : null)], depth: 1);
            }
            else
            {
                using var column = (ColumnWriter<long>)group.NextColumn();
                var values = part.Where(row => row.Label is not null).Select(row => Convert.ToInt64(row.Label, null)).ToArray();
                column.WriteBatch(part.Length, [.. part.Select(row => (short)(row.Label is null ? 0 : 1))], [], values);
            }
        }

        writer.Close();
        return path;
    }

    private static PrimitiveNode Bytes(string name, LogicalType type) => new(name, Repetition.Optional, type, PhysicalType.ByteArray);

    private static void WriteBytes(RowGroupWriter group, byte[]?[] values, short depth)
    {
        using var column = (ColumnWriter<ByteArray>)group.NextColumn();
        var pinned = values.OfType<byte[]>().Select(value => GCHandle.Alloc(value, GCHandleType.Pinned)).ToArray();
        try
        {
            var arrays = pinned.Select(handle => new ByteArray(handle.AddrOfPinnedObject(), ((byte[])handle.Target!).Length)).ToArray();
            column.WriteBatch(values.Length, [.. values.Select(value => value is null ? (short)0 : depth)], [], arrays);
        }
        finally
        {
            Array.ForEach(pinned, handle => handle.Free());
        }
    }
}
