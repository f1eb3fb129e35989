using System.Globalization;
using System.Text;

namespace Cgh.DataPrep.Sources.Archives;

/// <summary>The development kit of ILSVRC2012: the labels of the validation images, and what the numbers in them mean.</summary>
/// <param name="Wnids">WordNet ids of the classes in ordinal order: the order of the labels.</param>
/// <param name="Words">Readable names of <paramref name="Wnids"/>.</param>
/// <param name="ValLabels">Index into <paramref name="Wnids"/> of each validation image, in the order of their names.</param>
internal sealed record ImageNetDevkit(IReadOnlyList<string> Wnids, IReadOnlyList<string> Words, IReadOnlyList<int> ValLabels)
{
    private const string SynsetsName = "data/meta.mat";
    private const string GroundTruthName = "data/ILSVRC2012_validation_ground_truth.txt";
    private const int MaxFileBytes = 32 << 20;
    private const long MaxArchiveBytes = 1L << 30;

    /// <exception cref="ArchiveException">The archive is damaged, or lacks something.</exception>
    public static ImageNetDevkit Read(Stream archive, CancellationToken cancellationToken)
    {
        byte[]? synsets = null;
        byte[]? groundTruth = null;
        var walker = new TarWalker(archive);
        while ((synsets is null || groundTruth is null) && walker.Next() is { } item)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (item.Offset > MaxArchiveBytes)
            {
                break;
            }

            if (item is { Kind: TarKind.File, Length: <= MaxFileBytes } && item.Name.EndsWith(SynsetsName, StringComparison.Ordinal))
            {
                synsets = walker.ReadData();
            }
            else if (item is { Kind: TarKind.File, Length: <= MaxFileBytes } && item.Name.EndsWith(GroundTruthName, StringComparison.Ordinal))
            {
                groundTruth = walker.ReadData();
            }
        }

        var classes = ReadSynsets(synsets ?? throw Lacks(SynsetsName));
        var indexOfId = Enumerable.Range(0, classes.Count).ToDictionary(index => classes[index].Id);
        var labels = ReadGroundTruth(groundTruth ?? throw Lacks(GroundTruthName), indexOfId);
        return new ImageNetDevkit([.. classes.Select(synset => synset.Wnid)], [.. classes.Select(synset => synset.Words)], labels);
    }

    // Only the leaves of the hierarchy are classes: ids 1 to 1,000 of 1,860.
    private static List<Synset> ReadSynsets(byte[] file)
    {
        IReadOnlyDictionary<string, MatValue> variables;
        try
        {
            variables = MatFile.Read(file);
        }
        catch (ArchiveException error)
        {
            throw ArchiveException.In(SynsetsName, error);
        }

        if (variables.GetValueOrDefault("synsets") is not MatValue.Structures { Fields: var fields }
            || !fields.TryGetValue("ILSVRC2012_ID", out var ids) || !fields.TryGetValue("WNID", out var wnids)
            || !fields.TryGetValue("words", out var words) || !fields.TryGetValue("num_children", out var children))
        {
            throw new ArchiveException($"contains {SynsetsName} without the structures 'synsets' of ILSVRC2012_ID, WNID, words and num_children");
        }

        var leaves = new List<Synset>();
        for (var i = 0; i < ids.Length; i++)
        {
            if (ids[i] is MatValue.Numbers { Values: [var id] } && wnids[i] is MatValue.Text { Value: { Length: > 0 } wnid } && words[i] is MatValue.Text text
                && children[i] is MatValue.Numbers { Values: [var count] })
            {
                if (count == 0)
                {
                    leaves.Add(new Synset(id, wnid, text.Value));
                }
            }
            else
            {
                throw new ArchiveException($"contains {SynsetsName}, whose synset {i + 1} has no id, WNID or words");
            }
        }

        leaves.Sort((a, b) => string.CompareOrdinal(a.Wnid, b.Wnid));
        var twice = leaves.Zip(leaves.Skip(1)).FirstOrDefault(pair => pair.First.Wnid == pair.Second.Wnid).First?.Wnid
            ?? leaves.GroupBy(leaf => leaf.Id).FirstOrDefault(group => group.Count() > 1)?.Key.ToString(CultureInfo.InvariantCulture);
        return twice is null ? leaves : throw new ArchiveException($"contains {SynsetsName}, which has {twice} twice");
    }

    private static List<int> ReadGroundTruth(byte[] file, Dictionary<double, int> indexOfId)
    {
        var labels = new List<int>();
        using var reader = new StringReader(Encoding.Latin1.GetString(file));
        for (var line = 1; reader.ReadLine() is { } text; line++)
        {
            if (text.AsSpan().Trim() is { Length: > 0 } number)
            {
                if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || !indexOfId.TryGetValue(id, out var index))
                {
                    throw new ArchiveException(
                        $"contains {GroundTruthName}, whose line {line} is not the id of a class ('{Core.UserText.Shortened(number.ToString())}')");
                }

                labels.Add(index);
            }
        }

        return labels;
    }

    private static ArchiveException Lacks(string name) => new($"contains no {name}");

    private sealed record Synset(double Id, string Wnid, string Words);
}
