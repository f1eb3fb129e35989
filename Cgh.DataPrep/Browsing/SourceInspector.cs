using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Browsing;

/// <summary>Says what a source is and shows some of its images, without packing it.</summary>
internal sealed class SourceInspector(SourceRoots roots, DataFolder data)
{
    /// <summary>Longer than any source that was tried; who asks gives up a little later.</summary>
    public static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(15);

    // An archive that cannot be searched is read until there.
    private static readonly TimeSpan s_sampleTimeout = TimeSpan.FromSeconds(20);

    /// <exception cref="UserErrorException">The source is not allowed, not recognised or damaged, or an option is out of range.</exception>
    public SourceInspection Inspect(DatasetRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var allowed = roots.Allow(request);
        var options = DatasetPreparation.PackOptionsOf(allowed);
        options.Check();
        using var source = ImageSources.Open(allowed.Source!, options.Source, progress, cancellationToken);
        progress?.Report(new StageProgress("checking classes", 0, 0));
        SourceInspection inspection;
        IReadOnlyList<int> sampled;
        try
        {
            var plan = PackPlanner.Make(source, options);
            sampled = SampleChoice.Of(plan.Positions(Split.Train), source.Images.LabelAt, SourceInspection.MaxSamples);
            inspection = Measure(Describe(plan), source, plan, options, progress, cancellationToken);
        }
        catch (UserErrorException error)
        {
            var images = source.Images;
            var shown = images.PositionsOf(images.CountOf(Split.Train) > 0 ? Split.Train : Split.Val).ToArray();
            sampled = SampleChoice.Of(shown, images.LabelAt, SourceInspection.MaxSamples);
            inspection = Describe(source) with { Problem = error.Message };
        }

        return inspection with
        {
            Path = allowed.Source!,
            Kind = source.Info.Kind,
            LabelsFrom = source.Info.LabelsFrom,
            PassedOver = source.Info.PassedOver,
            Samples = Samples(source, options, sampled, progress, cancellationToken),
        };
    }

    // What will be packed.
    private static SourceInspection Describe(PackPlan plan)
    {
        var train = plan.Positions(Split.Train);
        var val = plan.Positions(Split.Val);
        return new SourceInspection
        {
            Train = train.Length,
            Val = val.Length,
            Holdout = plan.Selection.Holdout,
            ClassCount = plan.Classes.Count,
            Classes = Classes(plan.Classes, plan.ClassNames, train, val, plan.LabelAt),
            Warnings = plan.Warnings,
        };
    }

    // What there is, if it cannot be packed.
    private static SourceInspection Describe(IImageSource source)
    {
        int[] train = [.. source.Images.PositionsOf(Split.Train)], val = [.. source.Images.PositionsOf(Split.Val)];
        return new SourceInspection
        {
            Train = train.Length,
            Val = val.Length,
            ClassCount = source.Info.Classes.Count,
            Classes = Classes(source.Info.Classes, source.Info.ClassNames, train, val, source.Images.LabelAt),
        };
    }

    private SourceInspection Measure(
        SourceInspection inspection,
        IImageSource source,
        PackPlan plan,
        PackOptions options,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
    {
        progress?.Report(new StageProgress("measuring", 0, 0));
        var estimate = PackEstimate.Measure(source, plan, plan.Shards, options, cancellationToken);
        inspection = inspection with { Estimate = [.. estimate.Lines()] };
        try
        {
            estimate.CheckDisk(data.Datasets, DiskSpace.Free(data.Datasets));
            return inspection;
        }
        catch (UserErrorException error)
        {
            return inspection with { Problem = error.Message };
        }
    }

    private static IReadOnlyList<SourceClass> Classes(
        IReadOnlyList<string> names, IReadOnlyList<string>? titles, ReadOnlySpan<int> train, ReadOnlySpan<int> val, Func<int, int> labelAt)
    {
        var (inTrain, inVal) = (Count(train), Count(val));
        return [.. names.Take(SourceInspection.MaxClasses).Select((name, label) => new SourceClass(name, titles?[label], inTrain[label], inVal[label]))];

        int[] Count(ReadOnlySpan<int> positions)
        {
            var counts = new int[names.Count];
            foreach (var position in positions)
            {
                counts[labelAt(position)]++;
            }

            return counts;
        }
    }

    private static List<SampleImage> Samples(
        IImageSource source, PackOptions options, IReadOnlyList<int> positions, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        using var viewer = new SampleViewer(options);
        var samples = new List<(int Label, SampleImage Image)>(positions.Count);
        var started = Stopwatch.GetTimestamp();
        foreach (var sample in source.Samples(positions))
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new StageProgress("reading samples", samples.Count, positions.Count));
            var label = sample.Image.Label;
            samples.Add((label, viewer.Read(sample, source.Info.ClassNames?[label] ?? source.Info.Classes[label])));
            if (Stopwatch.GetElapsedTime(started) > s_sampleTimeout)
            {
                break;
            }
        }

        // A source need not be in the order of its classes.
        return [.. samples.OrderBy(sample => sample.Label).Select(sample => sample.Image)];
    }
}
