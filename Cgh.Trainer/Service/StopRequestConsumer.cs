using Cgh.Core.Messages;
using Cgh.Core.Store;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>Stops a run that this process is training. A run that starts later finds the request in the run store.</summary>
internal sealed class StopRequestConsumer(RunningAttempts running) : IConsumer<CancelRun>, IConsumer<PauseRun>
{
    public Task Consume(ConsumeContext<CancelRun> context) => RequestStop(context.Message.Run, StopRequest.Cancel);

    public Task Consume(ConsumeContext<PauseRun> context) => RequestStop(context.Message.Run, StopRequest.Pause);

    private Task RequestStop(Core.Runs.RunId run, StopRequest request)
    {
        running.RequestStop(run, request);
        return Task.CompletedTask;
    }
}
