using Cgh.Core.Messages;
using Cgh.Core.Store;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>Stops or puts aside a run that this process trains; the run store has noted the wish for one that is on its way here.</summary>
internal sealed class WishConsumer(RunningAttempts running) : IConsumer<CancelRun>, IConsumer<PauseRun>
{
    public Task Consume(ConsumeContext<CancelRun> context) => Tell(context.Message.Run, RunWish.Cancel);

    public Task Consume(ConsumeContext<PauseRun> context) => Tell(context.Message.Run, RunWish.Pause);

    private Task Tell(Core.Runs.RunId run, RunWish wish)
    {
        running.Tell(run, wish);
        return Task.CompletedTask;
    }
}
