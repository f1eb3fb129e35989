using System.Diagnostics;
using Cgh.Core.Files;
using Cgh.Tests;
using StackExchange.Redis;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>The command-line client without running services.</summary>
public sealed class ClientTests : IDisposable
{
    // Far above the time of an error, and far below the retry timeout of a service.
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("cgh-client-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Submit_NoServersSet_SaysHowToSetThem()
    {
        var (exitCode, output) = await RunAsync("submit", RecipeFile(SmallRecipe.Text()));

        Assert.Equal(2, exitCode);
        Assert.Equal(
            "--store is missing. Set it, or the environment variable ConnectionStrings__redis, to the address that the services use, such as localhost:6379.",
            output);
    }

    [Fact]
    public async Task Submit_InvalidRecipe_IsRejectedBeforeConnecting()
    {
        var file = RecipeFile(SmallRecipe.Text().Replace("batchSize", "batchsizes", StringComparison.Ordinal));

        var (exitCode, output) = await RunAsync("submit", file, "--store", "127.0.0.1:1", "--broker", "amqp://127.0.0.1:1");

        Assert.Equal(2, exitCode);
        Assert.Equal($"{file}: runs[0]: unknown key 'batchsizes'. Did you mean 'batchSize'?", output);
    }

    [Theory]
    [InlineData("10", "--priority must be between 0 and 9 (it is 10). Try --help.")]
    [InlineData("-1", "--priority must be between 0 and 9 (it is -1). Try --help.")]
    public async Task Submit_InvalidPriority_IsRejected(string priority, string message)
    {
        var (exitCode, output) = await RunAsync(
            "submit", RecipeFile(SmallRecipe.Text()), "--priority", priority, "--store", "127.0.0.1:1", "--broker", "amqp://127.0.0.1:1");

        Assert.Equal((2, message), (exitCode, output));
    }

    [Fact]
    public async Task Status_StoreIsDown_FailsAtOnceWithItsOwnExitCode()
    {
        var store = $"127.0.0.1:{Loopback.FreePort()}";

        var (exitCode, output) = await RunAsync("status", "--store", store);

        Assert.Equal((4, $"The run store at {store} is not responding. Check the address and that the server is running."), (exitCode, output));
    }

    [Fact]
    public async Task Submit_BrokerIsDown_FailsAtOnceAndLeavesNothingInTheStore()
    {
        await using var redis = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        var port = Loopback.FreePort();

        var (exitCode, output) = await RunAsync(
            "submit", RecipeFile(SmallRecipe.Text()), "--store", redis.Address, "--broker", $"amqp://user:secret@127.0.0.1:{port}");
        var status = await RunAsync("status", "--store", redis.Address, "--json");

        Assert.Equal((4, $"The broker at 127.0.0.1:{port} is not responding. Check the address and that the server is running."), (exitCode, output));
        Assert.Equal((0, """{"experiments":[],"rejectedMessages":[],"troubles":[]}"""), (status.ExitCode, status.Output));
    }

    [Fact]
    public async Task Submit_WrongServerOrPassword_SaysWhich()
    {
        await using var redis = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var broker = await RabbitMqServerProcess.StartAsync(Required.RabbitMqServer(), Stop);
        var server = broker.Address.Split('@')[1];
        var recipe = RecipeFile(SmallRecipe.Text());

        Task<CommandResult> SubmitAsync(string address) => RunAsync("submit", recipe, "--store", redis.Address, "--broker", address);
        var password = await SubmitAsync($"amqp://guest:wrong@{server}");
        var host = await SubmitAsync($"{broker.Address}/none");
        var noBroker = await SubmitAsync($"amqp://{redis.Address}");
        await broker.ControlAsync(Stop, "add_user", "lab", "se,cr:e@t/1");
        await broker.ControlAsync(Stop, "set_permissions", "lab", ".*", ".*", ".*");
        await broker.ControlAsync(Stop, "set_vm_memory_high_watermark", "0");
        var lowOnMemory = await SubmitAsync($"amqp://lab:se,cr:e%40t%2F1@{server}");
        var listed = await RunAsync("status", "--store", redis.Address, "--json");

        Assert.Equal(
            (4, $"The broker at {server} rejected the user or password. Check the address and that the server is running."),
            (password.ExitCode, password.Output));
        Assert.Equal(4, host.ExitCode);
        Assert.StartsWith($"The broker at {server} rejected the connection: NOT_ALLOWED - vhost none not found", host.Output, StringComparison.Ordinal);
        Assert.Equal((4, $"The server at {redis.Address} is not responding like a message broker. Check the address."), (noBroker.ExitCode, noBroker.Output));
        Assert.Equal(
            (4, $"The broker at {server} accepts no messages: low on memory. Free memory on its machine, or lower its limit."),
            (lowOnMemory.ExitCode, lowOnMemory.Output));
        Assert.Equal("""{"experiments":[],"rejectedMessages":[],"troubles":[]}""", listed.Output);
    }

    [Fact]
    public async Task Status_StoreIsFullOrDenied_SaysWhy()
    {
        await using var redis = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"{redis.Address},allowAdmin=true");
        await admin.GetServers()[0].ConfigSetAsync("maxmemory", 1);
        const string Full = "The run store is full. Raise maxmemory of its Redis server.";

        var status = await RunAsync("status", "--store", redis.Address);
        await admin.GetServers()[0].ConfigSetAsync("requirepass", "new,er");
        var denied = await RunAsync("status", "--store", redis.Address);
        var cured = await RunAsync("status", "--store", $"redis://:new,er@{redis.Address}", "--json");

        Assert.Equal((0, Full), (status.ExitCode, status.Output.Split('\n')[0].Trim()));
        Assert.Contains("There are no experiments yet.", status.Output, StringComparison.Ordinal);
        Assert.Equal(
            (4, $"The run store at {redis.Address} rejected the password. Check the address and that the server is running."),
            (denied.ExitCode, denied.Output));
        Assert.StartsWith(Full, cured.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:5672")]
    [InlineData("http://localhost:5672")]
    public async Task Cancel_InvalidBrokerAddress_ShowsTheExpectedForm(string broker)
    {
        var (exitCode, output) = await RunAsync("cancel", "a/b", "--store", "127.0.0.1:1", "--broker", broker);

        Assert.Equal((2, "The broker address must have the form amqp://USER:PASSWORD@HOST:5672 (amqps:// with TLS)."), (exitCode, output));
    }

    [Fact]
    public async Task Status_UnknownExperiment_IsAUsageError()
    {
        await using var redis = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);

        var (exitCode, output) = await RunAsync("status", "demo-20260101-120000", "--store", redis.Address);

        Assert.Equal((2, "There is no experiment 'demo-20260101-120000'. Submit a recipe to create one."), (exitCode, output));
    }

    private string RecipeFile(string text)
    {
        var file = Path.Combine(_folder, "small.json");
        File.WriteAllText(file, text);
        return file;
    }

    private static async Task<CommandResult> RunAsync(params string[] arguments)
    {
        var began = Stopwatch.GetTimestamp();
        var environment = new Dictionary<string, string?>
        {
            ["ConnectionStrings__redis"] = null,
            ["ConnectionStrings__messaging"] = null,
            [DataFolder.Variable] = null,
        };
        await using var client = ChildProcess.Start("dotnet", [SeparateServices.TrainerProgram, .. arguments], environment);
        var exitCode = await client.WaitForExitAsync(TimeSpan.FromMinutes(2), Stop);
        Assert.True(Stopwatch.GetElapsedTime(began) < s_soon, "The client waited as long as a service does.");
        return new CommandResult(exitCode, client.Output.Trim());
    }
}
