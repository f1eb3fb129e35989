using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Output;
using Cgh.Trainer.Recording;

namespace Cgh.Trainer.Training;

/// <summary>
/// Writes what a training yields: rows of the CSVs, TensorBoard events, checkpoints, and the same rows and the progress as
/// events.
/// </summary>
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
    // RunProgressed may be sent at most twice a second a run.
    private static readonly TimeSpan s_reportEvery = TimeSpan.FromSeconds(0.5);

    private readonly List<double[]> _unsent = [];
    private long _reported = Stopwatch.GetTimestamp();
    private long _written = Stopwatch.GetTimestamp();

    /// <summary>Seconds of the run over all attempts.</summary>
    public double Seconds => secondsBefore + loop.Throughput.Seconds;

    public void Stepped(int count, double loss, double learningRate)
    {
        // The row of step i is the authors' `if i % print_freq == 0`; the position is after the step.
        var (epoch, done, _) = loop.Position;
        if ((done - 1) % settings.Record.Spec.LogEvery == 0)
        {
            double[] row = [epoch, done - 1, count, loss];
            curves.Append(Curves.Train, row);
            _unsent.Add(row);
            tensorBoard.Step(loop.StepsDone - 1, loss, learningRate);
        }

        if (Stopwatch.GetElapsedTime(_reported) >= s_reportEvery || loop.StepsDone == loop.TotalSteps)
        {
            _reported = Stopwatch.GetTimestamp();
            Flush();
            var (imagesPerSecond, inputWait) = loop.Throughput.Report();
            var left = loop.Throughput.SecondsFor(loop.TotalSteps - loop.StepsDone, loop.EvaluationsLeft);
            output.Report(new AttemptProgressed(loop.EpochsDone, loop.StepsDone, loop.TotalSteps, loss, imagesPerSecond, inputWait, left));
        }

        if (Stopwatch.GetElapsedTime(_written) >= TimeSpan.FromMinutes(settings.Record.Spec.CheckpointMinutes))
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

    public void EpochEnded() => Checkpoint();

    /// <summary>Sends the rows of train.csv that have not been sent.</summary>
    public void Flush()
    {
        if (_unsent.Count > 0)
        {
            output.Report(new AttemptRows(Curves.Train, curves.Rows[Curves.Train] - _unsent.Count, [.. _unsent]));
            _unsent.Clear();
        }
    }

    /// <summary>Writes a checkpoint of the loop's state.</summary>
    /// <exception cref="UserErrorException">A weight is no longer finite, or the disk is full.</exception>
    /// <exception cref="SupersededException">A newer attempt has begun.</exception>
    public void Checkpoint()
    {
        // A finite loss can precede a step that ends in infinity; the last good checkpoint must outlive that.
        if (!loop.IsFinite())
        {
            throw UserErrorException.Final($"{settings.Record.Spec.Name}: a weight is no longer finite after step {loop.StepsDone}: the training diverged. Train anew with a lower learning rate; the last good checkpoint is kept.");
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
        checkpoints.Write(loop.StepsDone, state, loop.Tensors, fence.Check);
        _written = Stopwatch.GetTimestamp();
    }
}
