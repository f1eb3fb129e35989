using System.Diagnostics;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>Puts the experiment and the run of a message on its span and on every log entry of its consumer.</summary>
internal sealed class MessageSubjectFilter<T>(ILogger<MessageSubjectFilter<T>> log) : IFilter<ConsumeContext<T>>
    where T : class
{
    public async Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next)
    {
        var (experiment, run) = MessageSubject.Of(context.Message);
        Activity.Current?.SetTag("cgh.experiment", experiment).SetTag("cgh.run", run?.Name);
        using var scope = run is { } id ? log.BeginRunScope(id) : experiment is null ? null : log.BeginExperimentScope(experiment);
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("message-subject");
}

/// <summary>What a message is about.</summary>
internal static class MessageSubject
{
    /// <summary>Returns the experiment and the run of a message; null for what it does not name.</summary>
    public static (string? Experiment, RunId? Run) Of(object message) => message switch
    {
        StartExperiment start => (start.Experiment, null),
        PrepareDataset prepare => (prepare.Experiment, null),
        DatasetReady ready => (ready.Experiment, null),
        ExperimentEnded ended => (ended.Experiment, null),
        StartRun start => Of(start.Run),
        CancelRun cancel => Of(cancel.Run),
        PauseRun pause => Of(pause.Run),
        RunStarted started => Of(started.Run),
        RunProgressed progressed => Of(progressed.Run),
        SetEvaluated evaluated => Of(evaluated.Run),
        RunEnded ended => Of(ended.Run),
        _ => (null, null),
    };

    private static (string? Experiment, RunId? Run) Of(RunId run) => (run.Experiment, run);
}
