using Cgh.Core.Messages;
using Cgh.Core.Store;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>Stops or puts aside a run that this process trains; the run store has noted the request for one that is on its way here.</summary>
internal sealed class StopRequestConsumer(RunningAttempts running) : IConsumer<CancelRun>, IConsumer<PauseRun>
{
    public Task Consume(ConsumeContext<CancelRun> context) => Tell(context.Message.Run, StopRequest.Cancel);

    public Task Consume(ConsumeContext<PauseRun> context) => Tell(context.Message.Run, StopRequest.Pause);

    private Task Tell(Core.Runs.RunId run, StopRequest request)
    {
        running.Tell(run, request);
        return Task.CompletedTask;
    }
}
