using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.DataPrep.Packing;

namespace Cgh.DataPrep.Browsing;

/// <summary>What a request to pack a source must meet before it is queued.</summary>
internal sealed class PackRules(DataFolder data, SourceRoots roots)
{
    /// <exception cref="UserErrorException">The source is not allowed, the name is taken or invalid, or an option is out of range.</exception>
    public void Check(DatasetRequest request)
    {
        roots.Allow(request);
        DatasetPreparation.CheckName(request.Name);
        PackFolder.RefuseExisting(NewDatasetFolder.For(data, request.Name));
        DatasetPreparation.PackOptionsOf(request).Check();
    }
}
