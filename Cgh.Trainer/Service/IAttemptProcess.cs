using System.Threading.Channels;
using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Trainer.Service;

/// <summary>One attempt at a run, as the service sees it.</summary>
internal interface IAttemptProcess : IAsyncDisposable
{
    /// <summary>The reports of the attempt, until it ends.</summary>
    ChannelReader<AttemptEvent> Events { get; }

    /// <summary>The last line written to standard error.</summary>
    string? LastError { get; }

    /// <summary>Time since the last output of any kind.</summary>
    TimeSpan SinceLastOutput { get; }

    /// <summary>Its resident memory in bytes; 0 once it has ended.</summary>
    long MemoryBytes { get; }

    /// <summary>Asks the attempt to stop within one step.</summary>
    void RequestStop(StopRequest request);

    /// <summary>Closes standard input, which makes the attempt write a checkpoint and exit.</summary>
    void HandBack();

    /// <summary>Kills the process.</summary>
    void Kill();

    /// <summary>Waits until the process has exited and all its output is read; returns the exit code.</summary>
    Task<int> WaitAsync(CancellationToken cancellationToken);
}

/// <summary>Starts attempts.</summary>
internal interface IAttemptLauncher
{
    /// <summary>Starts the current attempt of <paramref name="run"/>.</summary>
    /// <exception cref="SupersededRunException">The run folder belongs to a newer attempt.</exception>
    IAttemptProcess Start(RunState run);
}

/// <summary>A newer attempt has started: this one must not write any more, and its outcome is ignored.</summary>
internal sealed class SupersededRunException : Exception;
