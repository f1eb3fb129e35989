using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Runs;

namespace Cgh.Trainer.Training;

/// <summary>The dataset and the label set of a run, opened and checked.</summary>
internal sealed class TrainingData : IDisposable
{
    private TrainingData(Dataset dataset, LabelSet labels, int inputSide)
    {
        InputSide = inputSide;
        Dataset = dataset;
        Labels = labels;
        Fingerprint = MakeFingerprint(dataset, labels);
    }

    public Dataset Dataset { get; }

    public LabelSet Labels { get; }

    /// <summary>Height and width of what the model sees of an image.</summary>
    public int InputSide { get; }

    /// <summary>Differs when any pixel or label does: a run may only go on with the data it began with.</summary>
    public string Fingerprint { get; }

    /// <summary>Opens the data of <paramref name="spec"/>.</summary>
    /// <param name="spec">Names the label set.</param>
    /// <param name="folder">The dataset's folder.</param>
    /// <param name="verify">Read every shard and compare its checksum.</param>
    /// <param name="cancellationToken">Ends the verification.</param>
    /// <exception cref="UserErrorException">Something is missing or damaged, or the batch is larger than the data.</exception>
    public static TrainingData Open(RunSpec spec, string folder, bool verify, CancellationToken cancellationToken)
    {
        var dataset = Dataset.Open(folder);
        try
        {
            var images = dataset.Manifest.Train.Images;
            if (spec.BatchSize > images)
            {
                throw UserErrorException.Usage($"batchSize {spec.BatchSize} is larger than the data: {folder} has {images} training images. Choose a smaller batch.");
            }

            if (RunSpecRules.SideFailure(spec, dataset.Manifest.Side) is { } tooSmall)
            {
                throw UserErrorException.Usage($"{folder}: {tooSmall}");
            }

            if (verify)
            {
                dataset.VerifyChecksums(Split.Train, cancellationToken);
                dataset.VerifyChecksums(Split.Val, cancellationToken);
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
        foreach (var shard in dataset.Manifest.Train.Shards.Concat(dataset.Manifest.Val.Shards))
        {
            hash.AppendData(Encoding.ASCII.GetBytes(shard.Sha256));
        }

        hash.AppendData(MemoryMarshal.AsBytes(labels.Labels.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(dataset.OriginalLabels(Split.Val).AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
