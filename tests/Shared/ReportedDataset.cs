using System.Security.Cryptography;
using System.Text;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.LabelQuality;
using Cgh.Core.Numpy;

namespace Cgh.Tests;

/// <summary>A dataset of three classes of plain colour, and a report on its labels, in which every third example is a suspect.</summary>
internal static class ReportedDataset
{
    public const int Side = 8;

    private static readonly string[] s_classes = ["cat", "dog", "eel"];

    /// <summary>Writes a dataset of pixels.</summary>
    /// <param name="folder">Its folder, which need not exist.</param>
    /// <param name="images">Number of training images; there are three validation images.</param>
    /// <param name="isEncoded">Whether to keep files, which only start like a JPEG, instead of pixels.</param>
    public static void WriteDataset(string folder, int images, bool isEncoded = false)
    {
        Directory.CreateDirectory(folder);
        CghJson.Save(Path.Combine(folder, DatasetManifest.FileName), new DatasetManifest
        {
            Version = isEncoded ? DatasetManifest.EncodedVersion : DatasetManifest.PixelsVersion,
            Encoding = isEncoded ? PackEncoding.Encoded : PackEncoding.Pixels,
            Name = Path.GetFileName(folder),
            Classes = s_classes,
            Side = Side,
            ShortSide = Side,
            Train = WriteSplit(folder, Split.Train, images, isEncoded),
            Val = WriteSplit(folder, Split.Val, 3, isEncoded),
        });
    }

    /// <summary>Writes a report on the original labels: suspects are 0, 3, 6, ..., of class cat; dog is suggested, for every second of them eel.</summary>
    /// <param name="folder">The report's folder, which need not exist.</param>
    /// <param name="dataset">The dataset's folder.</param>
    /// <param name="run">The run that it is from.</param>
    /// <param name="change">Changes the summary.</param>
    public static LabelReport WriteReport(string folder, string dataset, string run = "none", Func<LabelReportInfo, LabelReportInfo>? change = null)
    {
        using var opened = Dataset.Open(dataset);
        var labels = opened.OriginalLabels(Split.Train);
        var findings = Enumerable.Range(0, labels.Length).Select(index => new LabelFinding
        {
            Index = index,
            Given = (int)labels[index],
            Suggested = labels[index] == 0 ? 1 + (index / 3 % 2) : 0,
            Score = 1 - ((double)index / labels.Length),
            IsSuspect = index % 3 == 0,
            Probability = 0.1,
            Margin = -1,
            FirstLearned = -1,
            Kind = index % 3 != 0 ? SuspectKind.None : index % 9 == 0 ? SuspectKind.Rare : SuspectKind.OtherClass,
            Twin = index == 0 ? 1 : LabelFinding.NoExample,
            NearGiven = index % 3 == 0 && labels.Length > 3 ? [(index + 3) % labels.Length] : [],
            NearSuggested = index % 3 == 0 && labels.Length > 3 ? [1, 4 % labels.Length] : [],
        }).ToList();
        var info = new LabelReportInfo
        {
            DatasetFolder = opened.Folder,
            Dataset = opened.Checksum(),
            Labels = LabelSet.Original,
            LabelsSha256 = LabelSet.ChecksumOf(labels),
            Run = run,
            Score = "aum",
            Examples = labels.Length,
            Planted = 0,
            Cut = new LabelCut { Threshold = 0, Suspects = findings.Count(finding => finding.IsSuspect), Reason = "Every third one." },
            Classes = [.. s_classes.Select((name, label) => new ClassHealth(name, labels.Count(given => given == label), 0, 0, null))],
            Pairs = [],
            Notes = [],
        };
        Directory.CreateDirectory(folder);
        var report = new LabelReport(change?.Invoke(info) ?? info, findings);
        report.Write(folder, opened);
        return report;
    }

    /// <summary>The pixels of a training image.</summary>
    public static byte[] Pixels(int index) =>
        [.. Enumerable.Range(0, Side * Side).SelectMany(at => (byte[])[(byte)(index % 3 == 0 ? 200 : 40), (byte)(index * 7), (byte)at])];

    /// <summary>The file of a training image.</summary>
    public static byte[] EncodedFile(int index) => [0xff, 0xd8, .. new byte[index]];

    private static SplitInfo WriteSplit(string folder, Split split, int images, bool isEncoded)
    {
        var splitFolder = Dataset.SplitFolder(folder, split);
        Directory.CreateDirectory(splitFolder);
        var shard = Path.Combine(splitFolder, "images-00000.npy");
        byte[] content = [.. Enumerable.Range(0, images).SelectMany(index => isEncoded ? EncodedFile(index) : Pixels(index))];
        long[] shape = isEncoded ? [content.Length] : [images, Side, Side, 3];
        byte[] bytes = [.. NpyFile.MakeHeader(NpyFile.UInt8, shape), .. content];
        File.WriteAllBytes(shard, bytes);
        if (isEncoded)
        {
            var sizes = Enumerable.Range(0, images).Select(index => (long)EncodedFile(index).Length);
            NpyFile.WriteInt64(EncodedImages.OffsetsPath(shard), Enumerable.Range(0, images + 1).Select(count => sizes.Take(count).Sum()).ToArray());
        }

        NpyFile.WriteInt64(Dataset.LabelsPath(folder, split), Enumerable.Range(0, images).Select(index => (long)(index % 3)).ToArray());
        var files = string.Concat(Enumerable.Range(0, images).Select(index => $"{s_classes[index % 3]}/{index:00000}.png\n"));
        File.WriteAllText(Dataset.FilesPath(folder, split), files);
        return new SplitInfo(images, [new ShardInfo("images-00000.npy", images, Convert.ToHexStringLower(SHA256.HashData(bytes)))], [])
        {
            FilesSha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(files))),
        };
    }
}
