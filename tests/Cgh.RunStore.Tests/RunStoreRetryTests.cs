using System.Reflection;
using Cgh.Core.Store;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Xunit;

namespace Cgh.RunStore.Tests;

public sealed class RunStoreRetryTests
{
    private static readonly RedisConnectionException s_away = new(ConnectionFailureType.UnableToConnect, CommandFlags.None, "away", innerException: null);

    private readonly FakeTimeProvider _clock = new();
    private readonly LogLines _log = new();
    private readonly IRunStore _inner = DispatchProxy.Create<IRunStore, ScriptedStore>();
    private readonly IRetryingRunStore _store;

    public RunStoreRetryTests() => _store = RunStoreRetry.Create(_inner, _log, _clock);

    private ScriptedStore Script => (ScriptedStore)(object)_inner;

    [Fact]
    public async Task Call_ServerAnswers_IsPassedOnOnce()
    {
        Script.Answers.Enqueue(() => Task.FromResult<DatasetState?>(new("demo", "ready", 1, 1, Ready: true, Error: null)));

        Assert.Equal("demo", (await _store.FindDatasetAsync("demo", TestContext.Current.CancellationToken))!.Name);
        Assert.Equal([nameof(IRunStore.FindDatasetAsync)], Script.Calls);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Call_ServerAway_IsRepeatedEveryHalfSecondUntilItAnswers()
    {
        Script.Answers.Enqueue(() => Task.FromException<bool>(s_away));
        Script.Answers.Enqueue(() => Task.FromException<bool>(
            new RedisServerException(RedisErrorKind.Loading, CommandFlags.None, "LOADING Redis is loading the dataset in memory")));
        Script.Answers.Enqueue(() => throw new TimeoutException());
        Script.Answers.Enqueue(() => Task.FromResult(true));

        var call = _store.IsFilledAsync(TestContext.Current.CancellationToken);
        foreach (var calls in new[] { 1, 2, 3 })
        {
            Assert.Equal(calls, Script.Calls.Count);
            _clock.Advance(TimeSpan.FromMilliseconds(499));
            Assert.Equal(calls, Script.Calls.Count);
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.True(await call);
        Assert.Equal(4, Script.Calls.Count);
        Assert.Equal(
            ["Warning: The run store is not responding: away. Retrying.", "Information: The run store works again."],
            _log.Lines);
    }

    [Fact]
    public async Task Call_ServerAwayForLong_IsLoggedEvery30Seconds()
    {
        for (var i = 0; i < 70; i++)
        {
            Script.Answers.Enqueue(() => Task.FromException(s_away));
        }

        Script.Answers.Enqueue(() => Task.CompletedTask);
        var call = _store.MarkFilledAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 70; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(500));
        }

        await call;
        Assert.Equal(2, _log.Lines.Count(line => line.StartsWith("Warning", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Call_AnotherError_IsNotRepeated()
    {
        Script.Answers.Enqueue(() => Task.FromException<bool>(
            new RedisServerException(RedisErrorKind.WrongType, CommandFlags.None, "WRONGTYPE Operation against a key holding the wrong kind of value")));

        await Assert.ThrowsAsync<RedisServerException>(() => _store.IsFilledAsync(TestContext.Current.CancellationToken));
        Assert.Single(Script.Calls);
    }

    [Fact]
    public async Task Call_CancelledWhileTheServerIsAway_IsCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        Script.Answers.Enqueue(() => Task.FromException<bool>(s_away));
        var waiting = _store.IsFilledAsync(cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Single(Script.Calls);
    }

    [Fact]
    public async Task Call_CancelledDuringTheCallThatFails_IsCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        Script.Answers.Enqueue(async () =>
        {
            await cancellation.CancelAsync();
            throw s_away;
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _store.MarkFilledAsync(cancellation.Token));
    }

    [Fact]
    public async Task EveryMethod_ServerAway_IsRepeated()
    {
        foreach (var method in typeof(IRunStore).GetInterfaces().Append(typeof(IRunStore)).SelectMany(type => type.GetMethods()))
        {
            Script.Calls.Clear();
            Script.Answers.Enqueue(() => throw s_away);
            Script.Answers.Enqueue(() => ScriptedStore.DefaultOf(method));

            var call = (Task)method.Invoke(_store, [.. method.GetParameters().Select(Argument)])!;
            _clock.Advance(TimeSpan.FromMilliseconds(500));
            await call;

            Assert.Equal([method.Name, method.Name], Script.Calls);
        }
    }

    private static object? Argument(ParameterInfo parameter) =>
        parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null;

    /// <summary>Returns the given results in turn.</summary>
    internal class ScriptedStore : DispatchProxy
    {
        public Queue<Func<Task>> Answers { get; } = [];

        public List<string> Calls { get; } = [];

        public static Task DefaultOf(MethodInfo method) => method.ReturnType is { IsGenericType: true } result
            ? (Task)typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(result.GetGenericArguments())
                .Invoke(null, [result.GetGenericArguments()[0] is { IsValueType: true } value ? Activator.CreateInstance(value) : null])!
            : Task.CompletedTask;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Calls.Add(targetMethod!.Name);
            return Answers.Dequeue()();
        }
    }

    private sealed class LogLines : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{logLevel}: {formatter(state, exception)}");
    }
}
