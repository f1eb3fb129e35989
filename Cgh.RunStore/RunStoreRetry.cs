using System.Collections.Concurrent;
using System.Reflection;
using Cgh.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using StackExchange.Redis;

namespace Cgh.RunStore;

/// <summary>Retries the calls of a run store.</summary>
public static class RunStoreRetry
{
    // Errors of a server that is loading, a replica, out of memory or disk, or whose password was changed: temporary.
    // A transaction fails with EXECABORT then.
    private static readonly string[] s_transientReplies =
        ["LOADING", "MASTERDOWN", "READONLY", "MISCONF", "OOM", "NOREPLICAS", "CLUSTERDOWN", "BUSY ", "EXECABORT", "NOAUTH", "WRONGPASS"];

    /// <summary>Whether the error is temporary: the server is unreachable or cannot respond or write. It must not fail a run.</summary>
    public static bool IsTransient(Exception error) => error is RedisConnectionException or RedisTimeoutException or TimeoutException
        || (error is RedisServerException && s_transientReplies.Any(reply => error.Message.StartsWith(reply, StringComparison.Ordinal)));

    /// <summary>Adds an <see cref="IRetryingRunStore"/> over the registered <see cref="IRunStore"/>.</summary>
    public static IServiceCollection AddRetryingRunStore(this IServiceCollection services) => services.AddSingleton(provider => Create(
        provider.GetRequiredService<IRunStore>(),
        provider.GetRequiredService<ILogger<IRetryingRunStore>>(),
        provider.GetService<TimeProvider>() ?? TimeProvider.System));

    /// <summary>Wraps <paramref name="store"/> so that every call is retried.</summary>
    public static IRetryingRunStore Create(IRunStore store, ILogger log, TimeProvider clock)
    {
        var proxy = DispatchProxy.Create<IRetryingRunStore, RunStoreRetryProxy>();
        ((RunStoreRetryProxy)(object)proxy).Start(store, new RunStoreOutage(log, clock), clock);
        return proxy;
    }
}

/// <summary>Logs when the server stops responding, every 30 seconds during the outage, and when it is back.</summary>
internal sealed partial class RunStoreOutage(ILogger log, TimeProvider clock)
{
    private static readonly TimeSpan s_logInterval = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private long? _logged;

    public void Failed(Exception error)
    {
        lock (_gate)
        {
            if (_logged is { } before && clock.GetElapsedTime(before) < s_logInterval)
            {
                return;
            }

            _logged = clock.GetTimestamp();
        }

        Waiting(log, RunStoreFault.Named(error) ?? $"The run store is not responding: {UserText.FirstLine(error)}");
    }

    public void Answered()
    {
        if (_logged is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_logged is null)
            {
                return;
            }

            _logged = null;
        }

        Back(log);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason} Retrying.")]
    private static partial void Waiting(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The run store works again.")]
    private static partial void Back(ILogger log);
}

/// <summary>Forwards every call of an interface through a Polly pipeline.</summary>
internal class RunStoreRetryProxy : DispatchProxy
{
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(500);
    private static readonly MethodInfo s_call = typeof(RunStoreRetryProxy).GetMethod(
        nameof(CallAndReturnAsync),
        BindingFlags.Instance | BindingFlags.NonPublic)!;
    private static readonly ConcurrentDictionary<MethodInfo, MethodInfo?> s_calls = [];

    private IRunStore _store = null!;
    private RunStoreOutage _outage = null!;
    private ResiliencePipeline _pipeline = null!;

    public void Start(IRunStore store, RunStoreOutage outage, TimeProvider clock)
    {
        _store = store;
        _outage = outage;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } error && RunStoreRetry.IsTransient(error)),
                MaxRetryAttempts = int.MaxValue,
                Delay = s_delay,
                OnRetry = arguments =>
                {
                    _outage.Failed(arguments.Outcome.Exception!);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var cancellation = args!.OfType<CancellationToken>().Last();
        var call = s_calls.GetOrAdd(targetMethod!, method =>
            method.ReturnType is { IsGenericType: true } result ? s_call.MakeGenericMethod(result.GetGenericArguments()) : null);
        return call is null
            ? CallAsync(targetMethod!, args!, cancellation)
            : call.Invoke(this, BindingFlags.DoNotWrapExceptions, binder: null, [targetMethod, args, cancellation], culture: null);
    }

    private Task CallAsync(MethodInfo method, object?[] args, CancellationToken cancellation) => RetryAsync(
        async () =>
        {
            await (Task)Pass(method, args);
            return true;
        },
        cancellation);

    private Task<T> CallAndReturnAsync<T>(MethodInfo method, object?[] args, CancellationToken cancellation) =>
        RetryAsync(() => (Task<T>)Pass(method, args), cancellation);

    private object Pass(MethodInfo method, object?[] args) => method.Invoke(_store, BindingFlags.DoNotWrapExceptions, binder: null, args, culture: null)!;

    private async Task<T> RetryAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            var answer = await _pipeline.ExecuteAsync(static async (call, _) => await call(), call, cancellation);
            _outage.Answered();
            return answer;
        }
        catch (Exception error) when (RunStoreRetry.IsTransient(error) && cancellation.IsCancellationRequested)
        {
            // Polly rethrows the last failure when a retry is cancelled; report the cancellation instead.
            throw new OperationCanceledException(error.Message, error, cancellation);
        }
    }
}
