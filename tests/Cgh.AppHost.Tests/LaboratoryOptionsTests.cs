using Cgh.Core;
using Cgh.Core.Files;

namespace Cgh.AppHost.Tests;

public sealed class LaboratoryOptionsTests
{
    private static readonly string[] s_publish = ["--publisher", "manifest", "--output-path", "unused.json"];

    [Fact]
    public void Read_NothingSet_IsOneTrainerWithContainersAndTheDataFolder()
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
    [InlineData("containers", InfrastructureMode.Containers)]
    [InlineData("Executables", InfrastructureMode.Executables)]
    public void Read_Mode_IsRead(string given, object mode) => Assert.Equal(mode, Read("--Infrastructure:Mode", given).Infrastructure);

    [Fact]
    public void Read_ExistingServers_AreTaken() =>
        Assert.Equal(
            InfrastructureMode.Existing,
            Read("--Infrastructure:Mode", "Existing", "--ConnectionStrings:redis", "localhost:6379", "--ConnectionStrings:messaging", "amqp://localhost")
                .Infrastructure);

    [Fact]
    public void Read_ExistingServersToPublish_AreAskedForAtDeployment() =>
        Assert.Equal(InfrastructureMode.Existing, Read([.. s_publish, "--Infrastructure:Mode", "Existing"]).Infrastructure);

    [Theory]
    [InlineData("Infrastructure:Mode must be Containers, Existing or Executables (it is 'Docker').", "--Infrastructure:Mode", "Docker")]
    [InlineData("Infrastructure:Mode must be Containers, Existing or Executables (it is '1').", "--Infrastructure:Mode", "1")]
    [InlineData(
        "ConnectionStrings:redis must be set when Infrastructure:Mode is Existing, for example ConnectionStrings__redis=localhost:6379 in the environment.",
        "--Infrastructure:Mode", "Existing")]
    [InlineData(
        "ConnectionStrings:messaging must be set when Infrastructure:Mode is Existing, "
            + "for example ConnectionStrings__messaging=amqp://guest:guest@localhost:5672 in the environment.",
        "--Infrastructure:Mode", "Existing", "--ConnectionStrings:redis", "localhost:6379")]
    [InlineData("Trainers:Replicas must be an integer from 1 to 64 (it is '0').", "--Trainers:Replicas", "0")]
    [InlineData("Trainers:Replicas must be an integer from 1 to 64 (it is 'two').", "--Trainers:Replicas", "two")]
    [InlineData("Trainers:Replicas must be an integer from 1 to 64 (it is '65').", "--Trainers:Replicas", "65")]
    [InlineData(
        "Infrastructure:Mode must be Containers or Existing to publish (it is Executables): programs of this machine are not deployed.",
        "--publisher", "manifest", "--Infrastructure:Mode", "Executables")]
    public void Read_WhatCannotBe_IsRefusedWithNameValueAndReason(string message, params string[] args) =>
        Assert.Equal(message, Assert.Throws<UserErrorException>(() => Read(args)).Message);

    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    public void Read_PortOutOfRange_IsRefused(int port) =>
        Assert.Equal(
            $"--port must be between 1 and 65535 (it is {port}).",
            Assert.Throws<UserErrorException>(() => LaboratoryOptions.Read(Model.Builder(), Arguments with { Port = port })).Message);

    private static LaboratoryArguments Arguments { get; } = new(new DataFolder(Model.Root), LaboratoryOptions.DefaultPort, Recipe: null, Exit: false, []);

    private static LaboratoryOptions Read(params string[] args) => LaboratoryOptions.Read(Model.Builder(args), Arguments);
}
