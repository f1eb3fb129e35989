using Cgh.Tests;

namespace Cgh.AppHost.Tests.Boots;

/// <summary>Ctrl-C while a run is training: the prompt returns when all processes have ended, in each mode.</summary>
[Collection(Boots.Name)]
public sealed class InterruptTests
{
    private const int Interrupted = 130;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public Task Interrupt_Embedded_LeavesNothingBehind() => AssertLeavesNothingAsync("--Infrastructure:Mode", "Embedded");

    [Fact]
    public async Task Interrupt_Serving_LeavesNothingBehind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes are found in /proc.");
        await using var program = await MarkedProgram.ServeAsync("--Infrastructure:Mode", "Embedded");

        var code = await program.InterruptAsync();

        Assert.Equal([], program.Left());
        Assert.True(code == 0, program.Output);
    }

    [Fact]
    public async Task Interrupt_ExistingServers_LeavesNothingBehindButThem()
    {
        await using var redis = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        await using var broker = await RabbitMqServerProcess.StartAsync(Required.RabbitMqServer(), Stop);

        await AssertLeavesNothingAsync("--ConnectionStrings:redis", redis.Address, "--ConnectionStrings:messaging", broker.Address);
    }

    [Fact]
    public Task Interrupt_Executables_LeavesNothingBehind() => AssertLeavesNothingAsync(
        "--Infrastructure:Mode", "Executables",
        "--Infrastructure:RedisServer", Required.RedisServer(), "--Infrastructure:RabbitMqServer", Required.RabbitMqServer());

    [Fact]
    public async Task Interrupt_Containers_LeavesNothingBehind()
    {
        await Containers.RequireAsync(Stop);
        await AssertLeavesNothingAsync("--Infrastructure:Mode", "Containers");
    }

    private static async Task AssertLeavesNothingAsync(params string[] settings)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes are found in /proc.");
        await using var program = await MarkedProgram.TrainAsync(settings);
        Assert.NotEmpty(program.Left());

        var code = await program.InterruptAsync();

        Assert.Equal([], program.Left());
        Assert.True(code == Interrupted, program.Output);
        Assert.Contains("Stopped. ", program.Output, StringComparison.Ordinal);
    }
}
