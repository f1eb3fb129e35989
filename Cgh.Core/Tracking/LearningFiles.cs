using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Core.Tracking;

/// <summary>Writes when each example was learned: <c>learning.csv</c> and <c>learning.npy</c>.</summary>
public static class LearningFiles
{
    /// <summary>Name of the table.</summary>
    public const string Csv = "learning.csv";

    /// <summary>Name of the structured NumPy array.</summary>
    public const string Npy = "learning.npy";

    /// <summary>Columns of the table.</summary>
    public const string Header =
        "index,file,given,original,corrupt,first_learned,last_unlearned,forgetting,mean_probability,std_probability,mean_margin,seen,right";

    /// <summary>NumPy's type of a record of the array, without padding; the same columns but <c>file</c>.</summary>
    public const string Descriptor =
        "[('index', '<i4'), ('given', '<i4'), ('original', '<i4'), ('corrupt', '|b1'), ('first_learned', '<i4'), ('last_unlearned', '<i4'), "
        + "('forgetting', '<i4'), ('mean_probability', '<f8'), ('std_probability', '<f8'), ('mean_margin', '<f8'), ('seen', '<i4'), ('right', '|b1')]";

    private const string Remedy = "Write it again with: Cgh.Trainer learning RUN";

    private const int RecordBytes = (4 * 7) + (8 * 3) + 2;

    // What a row of the table has besides the name: twelve columns, three of them with up to 18 digits.
    private const int BytesPerRow = 90;

    /// <summary>Size of both files in bytes; that of the table is estimated, as its numbers differ in length.</summary>
    /// <param name="examples">Number of training examples.</param>
    /// <param name="nameBytes">Usual length of the name of an image's file.</param>
    public static long EstimatedBytes(int examples, int nameBytes) =>
        NpyFile.RecordsLength(Descriptor, RecordBytes, examples) + ((long)examples * (BytesPerRow + nameBytes));

    /// <summary>Names of the training images' files, for the column <c>file</c>; null if the dataset has no list of them, which leaves it empty.</summary>
    /// <exception cref="UserErrorException">The list cannot be read or does not fit the dataset.</exception>
    public static string[]? Names(Dataset dataset) => File.Exists(Dataset.FilesPath((dataset.Subset?.Parent ?? dataset).Folder, Split.Train))
        ? dataset.FileNames(Split.Train)
        : null;

    /// <summary>Writes both files atomically.</summary>
    /// <param name="folder">Their folder, which exists.</param>
    /// <param name="times">What to write.</param>
    /// <param name="dataset">The dataset, for the names of the images' files.</param>
    /// <exception cref="UserErrorException">A file cannot be written, or the list of file names cannot be read.</exception>
    public static void Write(string folder, LearningTimes times, Dataset dataset)
    {
        var names = Names(dataset);
        AtomicFile.Write(Path.Combine(folder, Csv), stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true);
            writer.Write(Header + "\n");
            foreach (var record in times.Records)
            {
                writer.Write(Row(record, names?[record.Index] ?? "") + "\n");
            }
        });
        AtomicFile.Write(Path.Combine(folder, Npy), stream =>
        {
            stream.Write(NpyFile.MakeHeader(Descriptor, times.Records.Length));
            var bytes = new byte[RecordBytes];
            foreach (var record in times.Records)
            {
                Pack(record, bytes);
                stream.Write(bytes);
            }
        });
    }

    private static string Row(LearningRecord record, string file) => string.Create(
        CultureInfo.InvariantCulture,
        $"{record.Index},{CsvField.Quoted(file)},{record.Given},{record.Original},{(record.IsCorrupt ? 1 : 0)},{record.FirstLearned},{record.LastUnlearned},"
        + $"{record.Forgetting},{record.MeanProbability:R},{record.StdProbability:R},{record.MeanMargin:R},{record.Seen},{(record.IsRight ? 1 : 0)}");

    private static void Pack(LearningRecord record, Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, record.Index);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], record.Given);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], record.Original);
        bytes[12] = record.IsCorrupt ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(bytes[13..], record.FirstLearned);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[17..], record.LastUnlearned);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[21..], record.Forgetting);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[25..], record.MeanProbability);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[33..], record.StdProbability);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[41..], record.MeanMargin);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[49..], record.Seen);
        bytes[53] = record.IsRight ? (byte)1 : (byte)0;
    }

    /// <summary>Reads what the data map shows of <see cref="Npy"/> in a folder; null if there is no such file.</summary>
    /// <exception cref="UserErrorException">The file is damaged or has other columns.</exception>
    public static IReadOnlyList<DataMapPoint>? ReadMap(string folder)
    {
        var path = Path.Combine(folder, Npy);
        if (!File.Exists(path))
        {
            return null;
        }

        var (stream, count) = NpyFile.OpenRecords(path, Descriptor, RecordBytes, Remedy);
        using var opened = stream;
        var bytes = new byte[RecordBytes];
        var points = new DataMapPoint[count];
        for (var i = 0; i < count; i++)
        {
            stream.ReadExactly(bytes);
            points[i] = new DataMapPoint(
                BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(25)), BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(33)), bytes[12] != 0);
        }

        return points;
    }
}
