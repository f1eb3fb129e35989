using Cgh.Core.Messages;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>Stops a run that this process trains; the run store has noted the wish for one that is on its way here.</summary>
internal sealed class CancelRunConsumer(RunningAttempts running) : IConsumer<CancelRun>
{
    public Task Consume(ConsumeContext<CancelRun> context)
    {
        running.Cancel(context.Message.Run);
        return Task.CompletedTask;
    }
}
