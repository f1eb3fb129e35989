using System.Diagnostics;
using Cgh.Core.Lifecycle;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;

namespace Cgh.Trainer.Service;

/// <summary>Writes the reports of an attempt to the run store and publishes the matching events.</summary>
internal sealed class AttemptProjection(IRetryingRunStore store, IEventPublisher events, TrainerTelemetry telemetry, RunFolders folders, TimeProvider clock)
{
    /// <summary>Projects reports that arrived together, such as the sets of one evaluation, as one state change.</summary>
    /// <exception cref="SupersededRunException">A newer attempt has started.</exception>
    public async Task ProjectAsync(RunState run, IReadOnlyList<AttemptEvent> reports)
    {
        if (reports.All(report => report is AttemptProgressed or AttemptRows))
        {
            // Several a second for hours: progress has metrics instead of spans.
            Activity.Current = null;
        }

        foreach (var report in reports)
        {
            await WriteCurvesAsync(run, report);
        }

        if (reports.Any(report => report is AttemptStarted or AttemptProgressed or AttemptRows))
        {
            var transition = await store.ApplyAsync(run.Id, new AttemptReported(run.Attempt, TrainerIdentity.Host, reports), clock);
            if (!transition.IsAllowed)
            {
                ThrowIfSuperseded(transition.State, run);
            }
        }

        // Progress, whatever it arrived with.
        Activity.Current = null;
        foreach (var report in reports)
        {
            Publish(run, report);
        }
    }

    private void Publish(RunState run, AttemptEvent report)
    {
        switch (report)
        {
            case AttemptProgressed now:
                telemetry.Progressed(run, now);
                events.Publish(new RunProgressed(run.Id, run.Attempt, now.Step, now.TotalSteps));
                break;
            case AttemptRows rows:
                events.Publish(new SetEvaluated(run.Id, run.Attempt, rows.Curve, rows.First + rows.Rows.Count));
                break;
        }
    }

    private async Task WriteCurvesAsync(RunState run, AttemptEvent report)
    {
        switch (report)
        {
            case AttemptStarted started:
                await FenceAsync(store.TrimCurvesAsync(run.Id, run.Attempt, started.Rows), run);
                foreach (var (curve, kept) in started.Rows)
                {
                    // A restored store may have fewer rows than the checkpoint; this fills the gap from the CSV.
                    await AppendAsync(run, curve, kept, []);
                }

                break;
            case AttemptRows rows:
                await AppendAsync(run, rows.Curve, rows.First, rows.Rows);
                break;
            case AttemptEnded { Status: RunStatus.Completed }:
                // A previous trainer may have died before reporting its last rows; this attempt had nothing left to train and reported none.
                foreach (var curve in Curves.Known)
                {
                    await FenceAsync(store.AppendRowsAsync(run.Id, run.Attempt, curve, 0, folders.Run(run.Id).ReadCurve(curve)), run);
                }

                break;
        }
    }

    private async Task AppendAsync(RunState run, string curve, int first, IReadOnlyList<double[]> rows)
    {
        try
        {
            await FenceAsync(store.AppendRowsAsync(run.Id, run.Attempt, curve, first, rows), run);
        }
        catch (CurveGapException)
        {
            // The store has lost rows; the CSV has all of them, including these.
            await FenceAsync(store.AppendRowsAsync(run.Id, run.Attempt, curve, 0, folders.Run(run.Id).ReadCurve(curve)), run);
        }
    }

    // A flushed store does not stop the training: the run folder is the record.
    private async Task FenceAsync(Task<bool> write, RunState run)
    {
        if (!await write)
        {
            ThrowIfSuperseded(await store.FindRunAsync(run.Id), run);
        }
    }

    private static void ThrowIfSuperseded(RunState? now, RunState run)
    {
        if (now?.Attempt > run.Attempt)
        {
            throw new SupersededRunException();
        }
    }
}
