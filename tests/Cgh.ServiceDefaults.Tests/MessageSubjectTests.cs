using System.Diagnostics;
using System.Runtime.CompilerServices;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.RunStore;
using Cgh.ServiceDefaults.Bus;
using Cgh.Tests;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Cgh.ServiceDefaults.Tests;

[Collection(Exporters.Collection)]
public sealed partial class MessageSubjectTests
{
    private static readonly RunId s_run = new("demo-20260101-120000", "rm3");

    public static TheoryData<Type> Messages { get; } =
        [.. typeof(StartRun).Assembly.GetTypes().Where(type => type.Namespace == typeof(StartRun).Namespace && (Has(type, "Run") || Has(type, "Experiment")))];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Of_MessageThatNamesARunOrAnExperiment_ReturnsIt(Type type)
    {
        var message = RuntimeHelpers.GetUninitializedObject(type);
        if (Has(type, "Run"))
        {
            type.GetProperty("Run")!.SetValue(message, s_run);
        }
        else
        {
            type.GetProperty("Experiment")!.SetValue(message, s_run.Experiment);
        }

        Assert.Equal((s_run.Experiment, Has(type, "Run") ? s_run : null), MessageSubject.Of(message));
    }

    [Fact]
    public async Task Consume_ConsumerLogs_EntryAndSpanHaveTheRunAndTheExperiment()
    {
        await using var service = await ObservedService.StartAsync(builder =>
        {
            builder.AddMessageBus(bus => bus.AddConsumer<Listener>());
            builder.Services.AddSingleton<IRejectedMessageStore, NoRejectedMessages>();
        });
        var bus = service.Services.GetRequiredService<IBus>();

        await bus.Publish(new CancelRun(s_run), TestContext.Current.CancellationToken);
        await bus.Publish(new StartExperiment(s_run.Experiment), TestContext.Current.CancellationToken);

        await service.WaitUntilAsync(all => all.Logs.Count(IsOurs) == 2 && all.Spans.Count(IsOfAConsumer) == 2);
        var ofRun = service.Receiver.Logs.Single(log => log.Body == $"Heard of {nameof(CancelRun)}.");
        var ofExperiment = service.Receiver.Logs.Single(log => log.Body == $"Heard of {nameof(StartExperiment)}.");
        Assert.Equal((s_run.Experiment, s_run.ToString()), (ofRun.Attributes[LogScopes.ExperimentId], ofRun.Attributes[LogScopes.RunId]));
        Assert.Equal((s_run.Experiment, false), (ofExperiment.Attributes[LogScopes.ExperimentId], ofExperiment.Attributes.ContainsKey(LogScopes.RunId)));
        Assert.Contains(service.Receiver.Spans, span => span.TraceId == ofRun.TraceId && span.Attributes.GetValueOrDefault("cgh.run") == s_run.Name);
    }

    private static bool IsOurs(OtlpLog log) => log.Body.StartsWith("Heard", StringComparison.Ordinal);

    private static bool IsOfAConsumer(OtlpSpan span) => span.Name.EndsWith(" process", StringComparison.Ordinal);

    private static bool Has(Type type, string property) => type.GetProperty(property)?.CanWrite == true;

    private sealed partial class Listener(ILogger<Listener> log) : IConsumer<CancelRun>, IConsumer<StartExperiment>
    {
        public Task Consume(ConsumeContext<CancelRun> context) => HearAsync(nameof(CancelRun));

        public Task Consume(ConsumeContext<StartExperiment> context) => HearAsync(nameof(StartExperiment));

        private Task HearAsync(string message)
        {
            Heard(log, message);
            return Task.CompletedTask;
        }

        [LoggerMessage(Level = LogLevel.Information, Message = "Heard of {Message}.")]
        private static partial void Heard(ILogger log, string message);
    }

    private sealed class NoRejectedMessages : IRejectedMessageStore
    {
        public Task AddRejectedMessageAsync(RejectedMessage message, CancellationToken cancellationToken = default) =>
            throw new UnreachableException(message.Reason);

        public Task<IReadOnlyList<RejectedMessage>> ListRejectedMessagesAsync(int max = 100, CancellationToken cancellationToken = default) =>
            throw new UnreachableException();

        public Task ClearRejectedMessagesAsync(CancellationToken cancellationToken = default) => throw new UnreachableException();
    }
}
