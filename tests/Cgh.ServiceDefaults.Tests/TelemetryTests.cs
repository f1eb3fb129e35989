using System.Collections.Concurrent;
using System.Diagnostics;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.ServiceDefaults.Telemetry;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Xunit;

namespace Cgh.ServiceDefaults.Tests;

[Collection(Exporters.Collection)]
public sealed class TelemetryTests
{
    private static readonly RunId s_run = new("experiment", "run");

    [Fact]
    public async Task Publish_CommandAndProgressEvent_OnlyTheCommandIsTraced()
    {
        var heard = new Heard();
        using var traces = Sdk.CreateTracerProviderBuilder()
            .SetSampler(new TraceSampler())
            .AddSource("MassTransit")
            .AddProcessor(heard)
            .Build();
        await using var services = new ServiceCollection()
            .AddMassTransit(bus =>
            {
                bus.AddConsumer<Listener>();
                bus.UsingInMemory((context, transport) => transport.ConfigureEndpoints(context));
            })
            .AddSingleton(heard)
            .BuildServiceProvider(validateScopes: true);
        var bus = services.GetRequiredService<IBusControl>();
        await bus.StartAsync(TestContext.Current.CancellationToken);
        try
        {
            await bus.Publish(new RunProgressed(s_run, 1, 5, 10), TestContext.Current.CancellationToken);
            await bus.Publish(new SetEvaluated(s_run, 1, Curves.Test, 1), TestContext.Current.CancellationToken);
            await bus.Publish(new DatasetProgressed("tiny", "packing", 1, 2), TestContext.Current.CancellationToken);
            await bus.Publish(new CancelRun(s_run), TestContext.Current.CancellationToken);
            Assert.True(await heard.Messages.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
            Assert.True(await heard.Messages.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
            Assert.True(await heard.Messages.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
            Assert.True(await heard.Messages.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        }
        finally
        {
            await bus.StopAsync(TestContext.Current.CancellationToken);
        }

        Assert.Contains(heard.Spans, span => span.OperationName.Contains(nameof(CancelRun), StringComparison.Ordinal));
        Assert.Single(heard.Spans.Select(span => span.TraceId).Distinct());
    }

    private sealed class Heard : BaseProcessor<Activity>
    {
        public ConcurrentQueue<Activity> Spans { get; } = [];

        public SemaphoreSlim Messages { get; } = new(0);

        public override void OnEnd(Activity data) => Spans.Enqueue(data);
    }

    private sealed class Listener(Heard heard) : IConsumer<RunProgressed>, IConsumer<SetEvaluated>, IConsumer<DatasetProgressed>, IConsumer<CancelRun>
    {
        public Task Consume(ConsumeContext<RunProgressed> context) => Tell();

        public Task Consume(ConsumeContext<SetEvaluated> context) => Tell();

        public Task Consume(ConsumeContext<DatasetProgressed> context) => Tell();

        public Task Consume(ConsumeContext<CancelRun> context) => Tell();

        private Task Tell()
        {
            heard.Messages.Release();
            return Task.CompletedTask;
        }
    }
}
