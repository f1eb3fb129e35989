using Cgh.Core.Files;

namespace Cgh.AppHost.Aspire;

/// <summary>
/// The folders that all services share, as parameters: shown in Aspire's dashboard, and given with <c>Parameters:datasets</c>
/// and <c>Parameters:experiments</c>. A dead trainer's run goes on elsewhere from the same run folder.
/// </summary>
internal sealed class DataFolders
{
    /// <summary>Where the containers of a deployment find the shares.</summary>
    public const string InContainers = "/data";

    private readonly DataFolder _data;
    private readonly IResourceBuilder<ParameterResource>? _datasets;
    private readonly IResourceBuilder<ParameterResource>? _experiments;

    public DataFolders(IDistributedApplicationBuilder builder, DataFolder data)
    {
        _data = data;
        if (builder.ExecutionContext.IsRunMode)
        {
            _datasets = builder.AddParameter("datasets", data.Datasets);
            _experiments = builder.AddParameter("experiments", data.Experiments);
        }
    }

    public void AddTo<T>(IResourceBuilder<T> service)
        where T : IResourceWithEnvironment
    {
        if (_datasets is null || _experiments is null)
        {
            // This machine's paths mean nothing in a container: there both are mounted under one folder.
            service.WithEnvironment(DataFolder.Variable, InContainers);
            return;
        }

        service
            .WithEnvironment(DataFolder.Variable, _data.Root)
            .WithEnvironment(DataFolder.DatasetsVariable, _datasets)
            .WithEnvironment(DataFolder.ExperimentsVariable, _experiments);
    }
}
