using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>Runs one attempt's process from start to end: projects its reports, keeps its lease, enforces timeouts and stops it.</summary>
internal sealed class AttemptSession(
    IAttemptLauncher launcher, AttemptProjection projection, AttemptHeartbeat heartbeat, IOptions<TrainerOptions> options, TimeProvider clock)
{
    private const int WrongCommandLine = 2;

    /// <summary>Runs the current attempt of <paramref name="run"/>. Any exception becomes a failed attempt with its reason.</summary>
    /// <param name="run">The run as stored.</param>
    /// <param name="held">Delivers stop requests.</param>
    /// <param name="stopping">The service is stopping: the attempt writes a checkpoint and exits, or is killed after the grace period.</param>
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
            return Failed(UserText.FirstLine(error));
        }
    }

    private async Task<AttemptEnded> SuperviseAsync(RunState run, HeldRun held, CancellationToken stopping)
    {
        await using var process = launcher.Start(run);
        using var attemptEnded = new CancellationTokenSource();
        var keeping = heartbeat.KeepAsync(run.Id, run.Attempt, held, process, attemptEnded.Token);
        var watching = AttemptWatchdog.WatchAsync(process, options.Value.HeartbeatTimeout, clock, attemptEnded.Token);
        var stopped = Task.CompletedTask;
        await using var handBack = stopping.Register(() =>
        {
            process.HandBack();
            stopped = KillAfterGraceAsync(process, attemptEnded.Token);
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
            attemptEnded.Cancel();
            await Task.WhenAll(keeping, watching, stopped);
        }

        return await keeping ? throw new SupersededRunException()
            : ended ?? Failed(
                await watching
                    ?? $"The attempt's process exited with code {exitCode} without a result. {process.LastError ?? "It wrote nothing to standard error."}",
                isFinal: exitCode == WrongCommandLine);
    }

    private async Task KillAfterGraceAsync(IAttemptProcess process, CancellationToken attemptEnded)
    {
        await clock.PauseAsync(options.Value.StopGrace, attemptEnded);
        if (!attemptEnded.IsCancellationRequested)
        {
            process.Kill();
        }
    }

    private static AttemptEnded Failed(string error, bool isFinal = false) => new(RunStatus.Failed, error, Result: null, Seconds: 0) { IsFinal = isFinal };
}
