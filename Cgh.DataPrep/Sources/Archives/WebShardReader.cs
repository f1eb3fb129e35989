namespace Cgh.DataPrep.Sources.Archives;

/// <summary>
/// Lists the samples of a WebDataset's shards. Files that follow one another and have the same key, which is the name up to the first dot of its last part,
/// are a sample; the rest of the name says what they are.
/// </summary>
internal sealed class WebShardReader(WebLabels labels, PassedOverList passedOver)
{
    private const long MaxImageBytes = 1 << 28;
    private const long MaxLabelBytes = 1 << 20;

    private string _shard = "";
    private HashSet<string> _keys = [];
    private Sample? _sample;

    /// <summary>Calls <paramref name="add"/> with the image and the provisional label of each sample, in the order of the archive.</summary>
    /// <param name="content">The tar.</param>
    /// <param name="shard">Its name, for what is passed over.</param>
    /// <param name="add">Receives samples.</param>
    /// <param name="report">Receives the position in the archive for each entry.</param>
    /// <exception cref="ArchiveException">The archive is damaged.</exception>
    public void Read(Stream content, string shard, Action<ArchivedFile, int> add, Action<long> report)
    {
        (_shard, _keys, _sample) = (shard, new HashSet<string>(StringComparer.Ordinal), null);
        var walker = new TarWalker(content);
        while (walker.Next() is { } item)
        {
            report(item.Offset);
            if (item.Kind == TarKind.Folder)
            {
                continue;
            }

            var path = item.Path;
            var start = path.LastIndexOf('/') + 1;
            var dot = path.IndexOf('.', start);
            if ((item.Refusal ?? ArchiveNames.ReasonToPassOver(path) ?? (dot <= start ? "not part of a sample" : null)) is { } reason)
            {
                PassOver(reason, path);
                continue;
            }

            if (_sample is null || !path.AsSpan(0, dot).SequenceEqual(_sample.Key))
            {
                Complete(add);
                _sample = new Sample(path[..dot]);
            }

            AddMember(_sample, walker, item, path, path[(dot + 1)..].ToLowerInvariant());
        }

        Complete(add);
    }

    private void AddMember(Sample sample, TarWalker walker, TarItem item, string path, string kind)
    {
        if (!sample.Kinds.Add(kind))
        {
            PassOver("second file of its kind in a sample", path);
        }
        else if (SourceNames.IsImage($"x.{kind}"))
        {
            // "jpg" before "mask.png": that is another image of the sample.
            var isPlain = !kind.Contains('.', StringComparison.Ordinal);
            if (item.Length > MaxImageBytes)
            {
                PassOver($"larger than {MaxImageBytes >> 20} MB", path);
            }
            else if (sample.Image is null || (isPlain && !sample.HasPlainImage))
            {
                (sample.Image, sample.HasPlainImage) = (new ArchivedFile(path, item.Offset, item.Length), isPlain);
            }
        }
        else if (kind is "cls" or "json" && item.Length <= MaxLabelBytes && (kind == "cls" || !sample.Kinds.Contains("cls")))
        {
            // A ".cls" without a label is not replaced by a ".json".
            var label = labels.Read(walker.ReadData(), isJson: kind == "json");
            sample.Label = kind == "cls" || label >= 0 ? label : sample.Label;
        }
    }

    private void Complete(Action<ArchivedFile, int> add)
    {
        if (_sample is not { } sample)
        {
            return;
        }

        var reason = sample.Image is null ? "sample without an image"
            : sample.Label < 0 ? "sample without a label"
            : !_keys.Add(sample.Key) ? "sample with the key of an earlier one"
            : null;
        if (reason is null)
        {
            add(sample.Image!.Value, sample.Label);
        }
        else
        {
            PassOver(reason, sample.Key);
        }
    }

    private void PassOver(string reason, string name) => passedOver.Add(reason, $"{_shard}/{name}");

    private sealed class Sample(string key)
    {
        public string Key { get; } = key;

        public HashSet<string> Kinds { get; } = new(StringComparer.Ordinal);

        public ArchivedFile? Image { get; set; }

        public bool HasPlainImage { get; set; }

        public int Label { get; set; } = -1;
    }
}
