using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Coherence;
using Cgh.Trainer.Output;
using Cgh.Trainer.Recording;
using Cgh.Trainer.Tracking;
using static TorchSharp.torch;

namespace Cgh.Trainer.Training;

/// <summary>Records a run: writes CSV rows, TensorBoard events and checkpoints, and reports rows and progress as events.</summary>
internal sealed class RunRecorder(
    AttemptSettings settings,
    TrainingLoop loop,
    CurveFiles curves,
    CheckpointFolder checkpoints,
    RunFence fence,
    TensorBoardLog tensorBoard,
    IAttemptOutput output,
    string dataFingerprint,
    double secondsBefore) : ITrainingWatcher
{
    // RunProgressed is limited to two per second and run.
    private static readonly TimeSpan s_reportInterval = TimeSpan.FromSeconds(0.5);

    private readonly List<double[]> _unsent = [];
    private long _lastReport = Stopwatch.GetTimestamp();
    private long _lastCheckpoint = Stopwatch.GetTimestamp();

    /// <summary>Duration of the run in seconds, over all attempts.</summary>
    public double Seconds => secondsBefore + loop.Throughput.Seconds;

    public void Stepped(int count, double loss, double learningRate)
    {
        // Logs the same steps as the authors' `if i % print_freq == 0`. The position is already after step i.
        var (epoch, done, _) = loop.Position;
        if ((done - 1) % settings.Record.Spec.LogEvery == 0)
        {
            double[] row = [epoch, done - 1, count, loss];
            curves.Append(Curves.Train, row);
            _unsent.Add(row);
            if (loop.TakeEstimate() is { } alpha)
            {
                double[] estimate = [epoch, done - 1, loop.EstimateSize, alpha];
                var first = curves.Append(Curves.CoherenceEstimate, estimate);
                output.Report(new AttemptRows(Curves.CoherenceEstimate, first, [estimate]));
            }

            tensorBoard.Step(loop.StepsDone - 1, loss, learningRate);
        }

        if (Stopwatch.GetElapsedTime(_lastReport) >= s_reportInterval || loop.StepsDone == loop.TotalSteps)
        {
            _lastReport = Stopwatch.GetTimestamp();
            Flush();
            var (imagesPerSecond, inputWait) = loop.Throughput.Report();
            var left = loop.Throughput.SecondsFor(loop.TotalSteps - loop.StepsDone, loop.EvaluationsLeft);
            output.Report(new AttemptProgressed(loop.EpochsDone, loop.StepsDone, loop.TotalSteps, loss, imagesPerSecond, inputWait, left));
        }

        if (Stopwatch.GetElapsedTime(_lastCheckpoint) >= TimeSpan.FromMinutes(settings.Record.Spec.CheckpointMinutes))
        {
            Checkpoint();
        }
    }

    public void Evaluated(int epoch, IReadOnlyDictionary<string, EvaluationResult> results)
    {
        Flush();
        foreach (var (curve, result) in results)
        {
            double[] row = [epoch, result.Count, result.Loss, result.Acc1, result.Acc5];
            var first = curves.Append(curve, row);
            tensorBoard.Evaluated(curve, epoch, result);
            output.Report(new AttemptRows(curve, first, [row]));
        }
    }

    public void Measured(int epoch, IReadOnlyList<SetCoherence> coherence)
    {
        foreach (var set in coherence)
        {
            foreach (var (layer, sums) in set.Layers)
            {
                double[] row = [epoch, sums.Count, sums.Alpha, sums.Coherence];
                if (layer.Length == 0)
                {
                    var first = curves.Append(set.Curve, row);
                    output.Report(new AttemptRows(set.Curve, first, [row]));
                }
                else
                {
                    curves.AppendText(Curves.CoherenceLayers, set.Row(epoch, layer, sums));
                }
            }
        }
    }

    public void Tracked(int epoch, ReadOnlyMemory<byte> records)
    {
        fence.Check();
        new TrackingFolder(settings.Folder).Write(epoch, records, fence.Check);
    }

    public void EpochEnded() => Checkpoint();

    /// <summary>Reports the pending rows of train.csv.</summary>
    public void Flush()
    {
        if (_unsent.Count > 0)
        {
            output.Report(new AttemptRows(Curves.Train, curves.Rows[Curves.Train] - _unsent.Count, [.. _unsent]));
            _unsent.Clear();
        }
    }

    /// <summary>Writes a checkpoint.</summary>
    /// <exception cref="UserErrorException">A weight is not finite, or the disk is full.</exception>
    /// <exception cref="SupersededException">A newer attempt has started.</exception>
    public void Checkpoint()
    {
        // Weights can overflow even after a step with a finite loss. Keep the last good checkpoint.
        if (!loop.IsFinite())
        {
            throw UserErrorException.Final(
                $"{settings.Record.Spec.Name}: training diverged (a weight is not finite after step {loop.StepsDone}). "
                + "Train a new run with a lower learning rate. The last good checkpoint is kept.");
        }

        fence.Check();
        curves.FlushToDisk();
        var (epoch, step, evaluated) = loop.Position;
        var state = new Checkpoint
        {
            Spec = settings.Record.Spec,
            Data = dataFingerprint,
            Epoch = epoch,
            Step = step,
            Evaluated = evaluated,
            Rows = curves.Rows,
            Seconds = Seconds,
        };
        using var partial = loop.IsWithinTrackedEpoch ? loop.Tracker.ToTensor() : null;
        KeyValuePair<string, Tensor>[] records = partial is null ? [] : [new(LearningTracker.TensorName, partial)];
        checkpoints.Write(loop.StepsDone, state, loop.Tensors.Concat(records), fence.Check);
        _lastCheckpoint = Stopwatch.GetTimestamp();
    }
}
