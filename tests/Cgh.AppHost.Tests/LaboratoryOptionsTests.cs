using Cgh.AppHost.Infrastructure;
using Cgh.Core;
using Cgh.Core.Files;

namespace Cgh.AppHost.Tests;

public sealed class LaboratoryOptionsTests
{
    private static LaboratoryArguments Arguments { get; } = new() { Data = new DataFolder(Model.Root) };

    [Fact]
    public void Read_NothingSet_IsOneTrainerAndTheDataFolder()
    {
        var options = Read();

        Assert.Equal((InfrastructureMode.Containers, 1, LaboratoryOptions.DefaultPort), (options.Infrastructure, options.Replicas, options.Port));
        Assert.Equal((Model.Root, $"{Model.Root}/datasets", $"{Model.Root}/experiments"), (options.Data.Root, options.Data.Datasets, options.Data.Experiments));
    }

    [Fact]
    public void Read_FoldersAsParameters_LieWhereTheyAreSaidToLie()
    {
        var options = Read("--Parameters:datasets", "/fast/datasets", "--Parameters:experiments", "runs");

        Assert.Equal((Model.Root, "/fast/datasets", Path.GetFullPath("runs")), (options.Data.Root, options.Data.Datasets, options.Data.Experiments));
    }

    [Theory]
    [InlineData("Trainers:Replicas must be an integer from 1 to 64 (it is '0').", "--Trainers:Replicas", "0")]
    [InlineData("Trainers:Replicas must be an integer from 1 to 64 (it is 'two').", "--Trainers:Replicas", "two")]
    [InlineData("Trainers:Replicas must be an integer from 1 to 64 (it is '65').", "--Trainers:Replicas", "65")]
    public void Read_WhatCannotBe_IsRefusedWithNameValueAndReason(string message, params string[] args) =>
        Assert.Equal(message, Assert.Throws<UserErrorException>(() => Read(args)).Message);

    [Fact]
    public void Read_ReplicasInOneProcess_AreRefusedWithTheAlternative()
    {
        var error = Assert.Throws<UserErrorException>(() =>
            LaboratoryOptions.Read(Model.Builder("--Trainers:Replicas", "2"), Arguments, InfrastructureMode.Embedded));

        Assert.StartsWith("Trainers:Replicas must be 1 in Embedded mode (it is 2): ", error.Message, StringComparison.Ordinal);
        Assert.Contains("Trainer:ConcurrentRuns", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    public void Read_PortOutOfRange_IsRefused(int port)
    {
        var error = Assert.Throws<UserErrorException>(() =>
            LaboratoryOptions.Read(Model.Builder(), Arguments with { Port = port }, InfrastructureMode.Containers));

        Assert.Equal($"--port must be between 1 and 65535 (it is {port}).", error.Message);
    }

    private static LaboratoryOptions Read(params string[] args) => LaboratoryOptions.Read(Model.Builder(args), Arguments, InfrastructureMode.Containers);
}
