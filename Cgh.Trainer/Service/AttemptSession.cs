using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>One attempt's process from start to end: its reports, its lease, its time-outs, and how it is made to stop.</summary>
internal sealed class AttemptSession(
    IAttemptLauncher launcher, AttemptProjection projection, AttemptHeartbeat heartbeat, IOptions<TrainerOptions> options, TimeProvider clock)
{
    private const int WrongCommandLine = 2;

    /// <summary>Runs the attempt that <paramref name="run"/> has just begun. Whatever goes wrong with it is a failure with a reason.</summary>
    /// <param name="run">The run as the store holds it.</param>
    /// <param name="held">Where stop requests come from.</param>
    /// <param name="stopping">This service is to end: the attempt writes a checkpoint and leaves, or is killed after the grace period.</param>
    public async Task<AttemptEnded> RunAsync(RunState run, HeldRun held, CancellationToken stopping)
    {
        try
        {
            return await SuperviseAsync(run, held, stopping);
        }
        catch (SupersededRunException)
        {
            return new AttemptEnded(RunStatus.Interrupted, Error: null, Result: null, Seconds: 0) { IsSuperseded = true };
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return Failed(AtomicFile.FirstLine(error));
        }
    }

    private async Task<AttemptEnded> SuperviseAsync(RunState run, HeldRun held, CancellationToken stopping)
    {
        await using var process = launcher.Start(run);
        using var over = new CancellationTokenSource();
        var keeping = heartbeat.KeepAsync(run.Id, run.Attempt, held, process, over.Token);
        var watching = AttemptWatchdog.WatchAsync(process, options.Value.HeartbeatTimeout, clock, over.Token);
        var stopped = Task.CompletedTask;
        await using var handBack = stopping.Register(() =>
        {
            process.HandBack();
            stopped = KillAfterGraceAsync(process, over.Token);
        });
        held.Attach(process);
        AttemptEnded? ended = null;
        int exitCode;
        try
        {
            while (await process.Events.WaitToReadAsync(CancellationToken.None))
            {
                var reports = new List<AttemptEvent>();
                while (process.Events.TryRead(out var report))
                {
                    reports.Add(report);
                }

                ended = reports.OfType<AttemptEnded>().LastOrDefault() ?? ended;
                await projection.ProjectAsync(run, reports);
            }

            exitCode = await process.WaitAsync(CancellationToken.None);
        }
        finally
        {
            held.Attach(process: null);
            over.Cancel();
            await Task.WhenAll(keeping, watching, stopped);
        }

        return await keeping ? throw new SupersededRunException()
            : ended ?? Failed(
                await watching ?? $"The attempt's process ended with exit code {exitCode} and no word. {process.LastError ?? "It wrote nothing to standard error."}",
                isFinal: exitCode == WrongCommandLine);
    }

    private async Task KillAfterGraceAsync(IAttemptProcess process, CancellationToken over)
    {
        await clock.PauseAsync(options.Value.StopGrace, over);
        if (!over.IsCancellationRequested)
        {
            process.Kill();
        }
    }

    private static AttemptEnded Failed(string error, bool isFinal = false) => new(RunStatus.Failed, error, Result: null, Seconds: 0) { IsFinal = isFinal };
}
