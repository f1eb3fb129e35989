using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;

namespace Cgh.Core.LabelQuality;

/// <summary>Which labels of a training set are probably wrong: <c>labels.csv</c>, <c>labels.npy</c> and, with the summary, <c>labels.json</c>.</summary>
/// <param name="Info">The summary.</param>
/// <param name="Findings">One per training example, most suspicious first.</param>
public sealed record LabelReport(LabelReportInfo Info, IReadOnlyList<LabelFinding> Findings)
{
    /// <summary>Name of the table.</summary>
    public const string Csv = "labels.csv";

    /// <summary>Name of the structured NumPy array.</summary>
    public const string Npy = "labels.npy";

    /// <summary>Name of the <see cref="LabelReportInfo"/>. Written last: a folder without it has no report.</summary>
    public const string Json = "labels.json";

    /// <summary>Columns of the table.</summary>
    public const string Header =
        "index,file,given,suggested,score,suspect,given_name,suggested_name,probability,margin,first_learned,kind,twin,near_given,near_suggested";

    /// <summary>NumPy's type of a record of the array, without padding; a missing neighbour is -1.</summary>
    public const string Descriptor =
        "[('index', '<i4'), ('given', '<i4'), ('suggested', '<i4'), ('score', '<f8'), ('suspect', '|b1'), ('kind', '|u1'), ('probability', '<f8'), "
        + "('margin', '<f8'), ('first_learned', '<i4'), ('twin', '<i4'), ('near_given', '<i4', (5,)), ('near_suggested', '<i4', (5,))]";

    private const int RecordBytes = 46 + (2 * 4 * LabelFinding.MaxNeighbours);
    private const string Remedy = "Write the report again with: Cgh.Trainer labels RUN";

    /// <summary>The suspects, most suspicious first.</summary>
    public IEnumerable<LabelFinding> Suspects => Findings.Where(finding => finding.IsSuspect);

    /// <summary>Whether a folder has a report.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, Json));

    /// <summary>Writes the three files.</summary>
    /// <param name="folder">Their folder, which exists.</param>
    /// <param name="dataset">The dataset, for the names of files and classes.</param>
    /// <exception cref="UserErrorException">A file cannot be written.</exception>
    public void Write(string folder, Dataset dataset)
    {
        WriteCsv(Path.Combine(folder, Csv), dataset);
        AtomicFile.Write(Path.Combine(folder, Npy), stream =>
        {
            stream.Write(NpyFile.MakeHeader(Descriptor, Findings.Count));
            var bytes = new byte[RecordBytes];
            foreach (var finding in Findings)
            {
                Pack(finding, bytes);
                stream.Write(bytes);
            }
        });
        CghJson.Save(Path.Combine(folder, Json), Info);
    }

    /// <summary>Writes the table.</summary>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public void WriteCsv(string path, Dataset dataset)
    {
        var files = Tracking.LearningFiles.Names(dataset);
        OutputFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true);
            writer.Write(Header + "\n");
            foreach (var finding in Findings)
            {
                writer.Write(Row(finding, files?[finding.Index] ?? "", dataset.Manifest.Classes) + "\n");
            }
        });
    }

    /// <summary>Reads a report from <see cref="Json"/> and <see cref="Npy"/>.</summary>
    /// <exception cref="UserErrorException">The folder has no report, or a file is damaged or of another version.</exception>
    public static LabelReport Read(string folder)
    {
        var info = ReadInfo(folder);
        var path = Path.Combine(folder, Npy);
        var (stream, count) = NpyFile.OpenRecords(path, Descriptor, RecordBytes, Remedy);
        using (stream)
        {
            if (count != info.Examples)
            {
                throw new UserErrorException(string.Create(
                    CultureInfo.InvariantCulture, $"{path} has {count} records, but {Json} is about {info.Examples} examples. {Remedy}"));
            }

            var findings = new LabelFinding[count];
            var bytes = new byte[RecordBytes];
            for (var i = 0; i < count; i++)
            {
                stream.ReadExactly(bytes);
                findings[i] = Unpack(bytes);
                Check(findings[i], info, path);
            }

            return new LabelReport(info, findings);
        }
    }

    /// <summary>Reads the summary.</summary>
    /// <exception cref="UserErrorException">The folder has no report, or it is damaged or of another version.</exception>
    public static LabelReportInfo ReadInfo(string folder)
    {
        var path = Path.Combine(folder, Json);
        if (!File.Exists(path))
        {
            throw UserErrorException.NotFound($"{folder} has no report on labels (no {Json}). {Remedy}");
        }

        var info = CghJson.Load<LabelReportInfo>(path);
        return info is { Version: LabelReportInfo.CurrentVersion, Examples: >= 1, Cut: not null, Classes.Count: >= 1, Pairs: not null, Notes: not null }
            && info.DatasetFolder.Length > 0
            ? info
            : throw new UserErrorException($"{path} is not one of version {LabelReportInfo.CurrentVersion}, or is damaged. {Remedy}");
    }

    // A damaged file must not become an index out of range in a page.
    private static void Check(LabelFinding finding, LabelReportInfo info, string path)
    {
        var examples = finding.NearGiven.Concat(finding.NearSuggested).Append(finding.Index).Append(Math.Max(0, finding.Twin));
        var classes = info.Classes.Count;
        if (examples.Any(example => example < 0 || example >= info.Examples)
            || finding.Given < 0 || finding.Given >= classes || finding.Suggested < 0 || finding.Suggested >= classes || !Enum.IsDefined(finding.Kind))
        {
            throw new UserErrorException($"{path} is damaged: it names an example or a class that does not exist. {Remedy}");
        }
    }

    private static string Row(LabelFinding finding, string file, IReadOnlyList<string> classes) => string.Create(
        CultureInfo.InvariantCulture,
        $"{finding.Index},{CsvField.Quoted(file)},{finding.Given},{finding.Suggested},{finding.Score:R},{(finding.IsSuspect ? 1 : 0)},"
        + $"{CsvField.Quoted(classes[finding.Given])},{CsvField.Quoted(classes[finding.Suggested])},{finding.Probability:R},{finding.Margin:R},"
        + $"{finding.FirstLearned},{KindName(finding.Kind)},{(finding.Twin < 0 ? "" : finding.Twin)},"
        + $"{string.Join(' ', finding.NearGiven)},{string.Join(' ', finding.NearSuggested)}");

    private static string KindName(SuspectKind kind) => kind switch
    {
        SuspectKind.OtherClass => "other-class",
        SuspectKind.Rare => "rare",
        _ => "",
    };

    private static void Pack(LabelFinding finding, Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, finding.Index);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], finding.Given);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], finding.Suggested);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[12..], finding.Score);
        bytes[20] = finding.IsSuspect ? (byte)1 : (byte)0;
        bytes[21] = (byte)finding.Kind;
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[22..], finding.Probability);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[30..], finding.Margin);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[38..], finding.FirstLearned);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[42..], finding.Twin);
        for (var i = 0; i < LabelFinding.MaxNeighbours; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes[(46 + (4 * i))..], At(finding.NearGiven, i));
            BinaryPrimitives.WriteInt32LittleEndian(bytes[(46 + (4 * (LabelFinding.MaxNeighbours + i)))..], At(finding.NearSuggested, i));
        }

        static int At(IReadOnlyList<int> neighbours, int i) => i < neighbours.Count ? neighbours[i] : LabelFinding.NoExample;
    }

    private static LabelFinding Unpack(ReadOnlySpan<byte> bytes)
    {
        var near = new List<int>[2];
        for (var list = 0; list < near.Length; list++)
        {
            near[list] = [];
            for (var i = 0; i < LabelFinding.MaxNeighbours; i++)
            {
                var neighbour = BinaryPrimitives.ReadInt32LittleEndian(bytes[(46 + (4 * ((list * LabelFinding.MaxNeighbours) + i)))..]);
                if (neighbour != LabelFinding.NoExample)
                {
                    near[list].Add(neighbour);
                }
            }
        }

        return new LabelFinding
        {
            Index = BinaryPrimitives.ReadInt32LittleEndian(bytes),
            Given = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
            Suggested = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
            Score = BinaryPrimitives.ReadDoubleLittleEndian(bytes[12..]),
            IsSuspect = bytes[20] != 0,
            Kind = (SuspectKind)bytes[21],
            Probability = BinaryPrimitives.ReadDoubleLittleEndian(bytes[22..]),
            Margin = BinaryPrimitives.ReadDoubleLittleEndian(bytes[30..]),
            FirstLearned = BinaryPrimitives.ReadInt32LittleEndian(bytes[38..]),
            Twin = BinaryPrimitives.ReadInt32LittleEndian(bytes[42..]),
            NearGiven = near[0],
            NearSuggested = near[1],
        };
    }
}
