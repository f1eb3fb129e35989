using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.LabelQuality;
using Cgh.Core.Tracking;
using Cgh.Trainer.Stages;

namespace Cgh.Trainer.LabelQuality;

/// <summary>What a tracked run, and perhaps a second one, knows of the labels of its training images.</summary>
internal sealed class LabelEvidence : IDisposable
{
    private readonly TrainedRun _from;

    private LabelEvidence(TrainedRun from, LabelSet inQuestion, FinalLook look, NearestExamples near, LabelSignals signals)
    {
        _from = from;
        InQuestion = inQuestion;
        Labels = AsClasses(inQuestion);
        Look = look;
        Near = near;
        Signals = signals;
    }

    /// <summary>The label set in question: that of the run, without the planted errors if it has some.</summary>
    public LabelSet InQuestion { get; }

    /// <summary>Its labels, a class index per example.</summary>
    public int[] Labels { get; }

    /// <summary>What the final model says.</summary>
    public FinalLook Look { get; }

    /// <summary>The nearest examples in its features.</summary>
    public NearestExamples Near { get; }

    /// <summary>What a score is computed from: of the labels that the run was trained on.</summary>
    public LabelSignals Signals { get; }

    /// <summary>Checks that runs can be evidence: each must be tracked, and a second one must have the same images and labels.</summary>
    /// <exception cref="UserErrorException">One is not.</exception>
    public static void Check(TrainedRun from, TrainedRun? second)
    {
        LearningTimes.CheckTracked(from.Folder, from.Folder.Load().Spec);
        if (second is null)
        {
            return;
        }

        if (Path.GetFullPath(second.Folder.Path) == Path.GetFullPath(from.Folder.Path))
        {
            throw UserErrorException.Final($"The second run is {from.Name} itself, which differs from itself in nothing. Name another run.");
        }

        LearningTimes.CheckTracked(second.Folder, second.Folder.Load().Spec);
        if (second.Data.Dataset.Checksum() != from.Data.Dataset.Checksum() || !second.Data.Labels.Labels.AsSpan().SequenceEqual(from.Data.Labels.Labels))
        {
            throw UserErrorException.Final(
                $"{second.Name} was trained on other images or labels than {from.Name}. Name two runs with the same dataset and labels.");
        }
    }

    /// <summary>Collects it: a pass over the training images, and a comparison of each with all others.</summary>
    /// <param name="from">The run; used later, too.</param>
    /// <param name="second">A second run on the same labels.</param>
    /// <param name="progress">Receives the number of examples done.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="UserErrorException">Tracking is missing or damaged.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LabelEvidence Collect(TrainedRun from, TrainedRun? second, Action<int> progress, CancellationToken cancellationToken)
    {
        var dataset = from.Data.Dataset;
        var tracked = TrackedSignals.Read(from.Folder, dataset);
        var ofSecond = second is null ? null : TrackedSignals.Read(second.Folder, dataset);
        var inQuestion = from.Data.Labels.Info is { Kind: LabelNoiseKind.Plant, From: { } source } ? dataset.Labels(source) : from.Data.Labels;
        var trained = AsClasses(from.Data.Labels);
        var look = FinalLook.At(from, trained, AsClasses(inQuestion), progress, cancellationToken);
        try
        {
            var near = NearestExamples.Of(look.Features, cancellationToken);
            return new LabelEvidence(from, inQuestion, look, near, new LabelSignals
            {
                Classes = dataset.Manifest.Classes.Count,
                Given = trained,
                Tracked = tracked,
                Second = ofSecond,
                FinalProbability = look.Probability,
                Neighbours = near.Shares(trained),
            });
        }
        catch
        {
            look.Dispose();
            throw;
        }
    }

    /// <summary>Judges the labels and says what suspects look like.</summary>
    /// <exception cref="UserErrorException">There are too few examples, or one class only.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public LabelReport Report(ILabelScore score, uint seed, CancellationToken cancellationToken)
    {
        var dataset = _from.Data.Dataset;
        var judgement = LabelJudgement.Of(Signals, Labels, Look.Margin, score, seed);
        var findings = new LabelFindings(Signals, Labels, judgement, Look, Near, _from.Data.Train).Make(cancellationToken);
        return new LabelReport(
            LabelSummary.Make(findings, judgement, dataset, InQuestion, _from.Folder.Path, score.Name, Signals, Look.Predicted), findings);
    }

    public void Dispose() => Look.Dispose();

    private static int[] AsClasses(LabelSet labels) => Array.ConvertAll(labels.Labels, label => (int)label);
}
