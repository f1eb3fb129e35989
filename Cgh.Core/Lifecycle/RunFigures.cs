using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Core.Lifecycle;

/// <summary>Applies the reports of an attempt to the figures of its run; never changes its phase.</summary>
internal static class RunFigures
{
    public static RunState With(this RunState run, AttemptEvent report, string host) => report switch
    {
        AttemptStarted started => run with { Step = started.Step, TotalSteps = started.TotalSteps },
        AttemptProgressed now => run with
        {
            Host = host,
            Ended = null,
            Error = null,
            Epoch = now.Epoch,
            Step = now.Step,
            TotalSteps = now.TotalSteps,
            Loss = now.Loss,
            ImagesPerSecond = now.ImagesPerSecond,
            InputWait = now.InputWait,
            SecondsLeft = now.SecondsLeft,
        },
        AttemptRows { Rows: [.., [_, var count, var loss, var acc1, var acc5]] } rows => run with
        {
            Latest = new Dictionary<string, EvaluationResult>(run.Latest) { [rows.Curve] = new((int)count, loss, acc1, acc5) },
            Best = new Dictionary<string, BestResult>(run.Best) { [rows.Curve] = BestResult.Of(run.Best.GetValueOrDefault(rows.Curve), rows.Rows)! },
        },
        _ => run,
    };
}
