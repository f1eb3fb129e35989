using System.Text.Json;
using Cgh.Tests;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>RabbitMQ, Redis, DataPrep, a trainer and the dashboard as separate processes that export to a receiver of the test.</summary>
public sealed class ObservedServices : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private readonly string _recipes = Directory.CreateTempSubdirectory("cgh-recipes-").FullName;
    private SeparateServices? _services;
    private ServiceProcess? _dashboard;
    private string? _submitted;

    public OtlpReceiver Receiver { get; } = OtlpReceiver.Start();

    public ServiceProcess Dashboard => _dashboard!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Starts what is not running. Called by the tests, because a skip in the fixture's own initialisation counts as a failure.</summary>
    public async Task StartAsync()
    {
        if (_services is not null)
        {
            return;
        }

        await File.WriteAllTextAsync(Path.Combine(_recipes, "small.json"), SmallRecipe.Text(epochs: SmallRecipe.FewEpochs), Stop);
        _services = await SeparateServices.StartAsync(
            Required.RedisServer(),
            Required.RabbitMqServer(),
            Stop,
            new Dictionary<string, string?>(Receiver.Environment) { ["Dashboard__Recipes"] = _recipes });
        await _services.StartDataPrepAsync(Stop);
        await _services.StartTrainerAsync(Stop);
        _dashboard = await _services.StartDashboardAsync(Stop);
    }

    /// <summary>Submits a recipe of one run with the command-line client, once for all tests, and waits until its trace has ended.</summary>
    /// <returns>The experiment's id.</returns>
    public async Task<string> SubmittedAsync()
    {
        if (_submitted is null)
        {
            var file = Path.Combine(_services!.Data.Root, "submitted.json");
            await File.WriteAllTextAsync(file, SmallRecipe.Text("submitted", SmallRecipe.FewEpochs), Stop);
            var client = await _services.ClientAsync(Stop, "submit", file, "--json");
            Assert.True(client.ExitCode == 0, client.Output);
            var experiment = JsonDocument.Parse(client.Output).RootElement.GetProperty("experiment").GetString()!;
            await TraceAsync("submit experiment", experiment);
            _submitted = experiment;
        }

        return _submitted;
    }

    /// <summary>Waits until the trace of a command has arrived, up to the message that its experiment has ended, and returns it in order of start.</summary>
    /// <param name="name">Name of the command's span.</param>
    /// <param name="experiment">The experiment that it names.</param>
    public Task<IReadOnlyList<OtlpSpan>> TraceAsync(string name, string experiment) => Receiver.ExperimentTraceAsync(name, experiment, s_timeout, Stop);

    public Task WaitUntilAsync(Func<OtlpReceiver, bool> holds) => Receiver.WaitUntilAsync(holds, s_timeout, Stop);

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
        {
            await _services.DisposeAsync();
        }

        await Receiver.DisposeAsync();
        Directory.Delete(_recipes, recursive: true);
    }
}
