using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Runs;
using Cgh.Trainer.Coherence;
using Cgh.Trainer.Data;

namespace Cgh.Trainer.Training;

/// <summary>Dataset and label set of a run.</summary>
internal sealed class TrainingData : IDisposable
{
    private TrainingData(Dataset dataset, LabelSet labels, int inputSide)
    {
        InputSide = inputSide;
        Dataset = dataset;
        Labels = labels;
        Train = PixelSource.Of(dataset, Split.Train);
        Val = PixelSource.Of(dataset, Split.Val);
        Fingerprint = MakeFingerprint(dataset, labels);
    }

    public Dataset Dataset { get; }

    public LabelSet Labels { get; }

    /// <summary>Images of the training split.</summary>
    public IPixelSource Train { get; }

    /// <summary>Images of the validation split.</summary>
    public IPixelSource Val { get; }

    /// <summary>The curves of a run of <paramref name="spec"/> with this data.</summary>
    public IReadOnlyList<string> Curves(RunSpec spec) =>
    [
        .. Cgh.Core.Runs.Curves.All,
        .. Dataset.OriginalTest is null ? [] : new[] { Cgh.Core.Runs.Curves.OriginalTest },
        .. CoherenceMeter.Curves(spec, Labels, Dataset),
    ];

    /// <summary>Height and width of the model's input.</summary>
    public int InputSide { get; }

    /// <summary>Hash of all pixels and labels. A run can only be resumed with unchanged data.</summary>
    public string Fingerprint { get; }

    /// <summary>Opens the data of a run.</summary>
    /// <param name="spec">Spec of the run.</param>
    /// <param name="folder">Folder of the dataset.</param>
    /// <param name="verify">Whether to verify the checksums of all shards.</param>
    /// <param name="cancellationToken">Cancels the verification.</param>
    /// <exception cref="UserErrorException">The data is missing or damaged, or does not fit the spec.</exception>
    public static TrainingData Open(RunSpec spec, string folder, bool verify, CancellationToken cancellationToken)
    {
        var dataset = Dataset.Open(folder);
        try
        {
            var images = dataset.Manifest.Train.Images;
            if (spec.BatchSize > images)
            {
                throw UserErrorException.Usage($"batchSize {spec.BatchSize} is larger than the data: {folder} has {images} training images. Reduce batchSize.");
            }

            if (RunSpecRules.SideFailure(spec, dataset.Manifest.Side) is { } tooSmall)
            {
                throw UserErrorException.Usage($"{folder}: {tooSmall}");
            }

            if (verify)
            {
                dataset.VerifyChecksums(Split.Train, cancellationToken);

                // A subset's own test images are in the split that has just been verified.
                (dataset.OriginalTest ?? dataset).VerifyChecksums(Split.Val, cancellationToken);
            }

            return new TrainingData(dataset, dataset.Labels(spec.Labels), RunSpecRules.InputSide(spec, dataset.Manifest.Side));
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    public void Dispose() => Dataset.Dispose();

    private static string MakeFingerprint(Dataset dataset, LabelSet labels)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (dataset.Subset is not null)
        {
            hash.AppendData(Encoding.ASCII.GetBytes(dataset.Checksum()));
        }

        foreach (var shard in dataset.Manifest.Train.Shards.Concat(dataset.Manifest.Val.Shards))
        {
            // The offsets say where an encoded image ends, and so which one a label is for.
            hash.AppendData(Encoding.ASCII.GetBytes(shard.Sha256 + shard.OffsetsSha256));
        }

        hash.AppendData(MemoryMarshal.AsBytes(labels.Labels.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(dataset.OriginalLabels(Split.Val).AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
