using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Cgh.AppHost.Infrastructure;
using Cgh.Core.Files;
using Cgh.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cgh.AppHost.Tests;

/// <summary>The servers of this machine, started with the very programs, arguments and environment that the model has for them.</summary>
public sealed class ExecutableServersTests : IAsyncDisposable
{
    private static readonly TimeSpan s_bootTime = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _started = [];

    private LaboratoryOptions Executables => Model.Valid with { Infrastructure = InfrastructureMode.Executables, Data = new DataFolder(_folder.Path) };

    [Fact]
    public async Task RedisServer_AsTheModelStartsIt_AnswersItsHealthCheck()
    {
        var program = Required.RedisServer();
        var model = Model.Of(Executables with { Executables = new() { Redis = program } });
        await using var app = model.Build();
        AllocatePorts(model);

        Assert.Equal(HealthStatus.Unhealthy, await HealthAsync(app.Services, "redis-server-answers"));
        await StartAsync(model, "redis-server");

        await WaitUntilHealthyAsync(app.Services, "redis-server-answers");
        Assert.True(Directory.Exists(_folder["servers", "redis", "appendonlydir"]) || File.Exists(_folder["servers", "redis", "appendonly.aof"]));
    }

    [Fact]
    public async Task RabbitMqServer_AsTheModelStartsIt_AnswersAndHoldsMessagesForDays()
    {
        var program = Required.RabbitMqServer();
        var model = Model.Of(Executables with { Executables = new() { RabbitMq = program } });
        await using var app = model.Build();
        AllocatePorts(model);

        await StartAsync(model, "epmd");
        await WaitUntilHealthyAsync(app.Services, "epmd-answers");
        await StartAsync(model, "rabbitmq-server");

        await WaitUntilHealthyAsync(app.Services, "rabbitmq-server-answers");
        Assert.Equal("{ok,2592000000}", await AskAsync(model, "application:get_env(rabbit, consumer_timeout)."));
        Assert.Equal("{ok,{127,0,0,1}}", await AskAsync(model, "application:get_env(kernel, inet_dist_use_interface)."));
        Assert.Equal(
            $"amqp://guest:guest@127.0.0.1:{model.EndpointsOf("rabbitmq-server").Single(endpoint => endpoint.Name == "tcp").AllocatedEndpoint!.Port}",
            await ((IResourceWithConnectionString)model["messaging"]).GetConnectionStringAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_started))
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _folder.Dispose();
    }

    // What Aspire's orchestrator does when it runs the model, here without proxies in between.
    private static void AllocatePorts(Model model)
    {
        foreach (var endpoint in new[] { "redis-server", "epmd", "rabbitmq-server" }.SelectMany(model.EndpointsOf))
        {
            var port = endpoint.TargetPort ?? Loopback.FreePort();
            endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "127.0.0.1", port, port.ToString(CultureInfo.InvariantCulture));
        }
    }

    private async Task StartAsync(Model model, string name)
    {
        var executable = (ExecutableResource)model[name];
        Directory.CreateDirectory(executable.WorkingDirectory);
        var start = new ProcessStartInfo(executable.Command)
        {
            WorkingDirectory = executable.WorkingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in await model.RawArgumentsOfAsync(name))
        {
            start.ArgumentList.Add(await ValueAsync(argument));
        }

        foreach (var (variable, value) in await model.RawEnvironmentOfAsync(name))
        {
            start.Environment[variable] = await ValueAsync(value);
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _started.Add(process);
    }

    private static async Task<string> AskAsync(Model model, string question)
    {
        var start = new ProcessStartInfo("/usr/lib/rabbitmq/bin/rabbitmqctl", ["eval", question])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in await model.RawEnvironmentOfAsync("rabbitmq-server"))
        {
            // The server's own arguments are not for the tool that asks it.
            if (variable is not "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS" and not "RABBITMQ_DIST_PORT")
            {
                start.Environment[variable] = await ValueAsync(value);
            }
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var answer = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        return answer.Trim();
    }

    private static async Task<string> ValueAsync(object value) =>
        value as string ?? await ((IValueProvider)value).GetValueAsync(TestContext.Current.CancellationToken) ?? "";

    private static async Task<HealthStatus> HealthAsync(IServiceProvider services, string check)
    {
        var checks = services.GetRequiredService<HealthCheckService>();
        return (await checks.CheckHealthAsync(registration => registration.Name == check, TestContext.Current.CancellationToken)).Status;
    }

    private static async Task WaitUntilHealthyAsync(IServiceProvider services, string check)
    {
        for (var waited = Stopwatch.StartNew(); await HealthAsync(services, check) != HealthStatus.Healthy;)
        {
            Assert.True(waited.Elapsed < s_bootTime, $"{check} was not healthy after {s_bootTime.TotalSeconds} s.");
            await Task.Delay(250, TestContext.Current.CancellationToken);
        }
    }
}
